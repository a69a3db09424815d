using System.ComponentModel.DataAnnotations;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Uplink;

namespace BrightKitchen.EdgeAgent.Configuration;

/// <summary>
/// All settings of the installer's file, from the section <c>Box</c>; read once and validated as a whole before a camera is opened.
/// </summary>
public sealed class AgentSettings
{
    /// <summary>Folder for findings, clips, settings and keys.</summary>
    public string Data { get; set; } = "data";

    /// <summary>
    /// IANA name of the site's time zone; the hours of rules are local. Together with the cameras and rules it is only the initial value:
    /// changes on the edge agent's own page are saved in its data folder and take precedence.
    /// </summary>
    public string TimeZone { get; set; } = "Asia/Shanghai";

    public CamerasOptions Cameras { get; set; } = new();

    public List<RuleOptions> Rules { get; set; } = [];

    public DetectionOptions Detection { get; set; } = new();

    public EvidenceOptions Evidence { get; set; } = new();

    public RecordingOptions Recording { get; set; } = new();

    public UplinkOptions Uplink { get; set; } = new();

    public InstallerOptions Installer { get; set; } = new();

    /// <summary>The site's settings from the installer's file, before any change on the edge agent's own page.</summary>
    internal SiteSettings Site => new(0, TimeZone, Cameras.Cameras, Rules);

    /// <exception cref="InvalidDataException">The settings are invalid; the message lists all errors, one per line.</exception>
    public static AgentSettings Read(IConfiguration configuration)
    {
        AgentSettings settings;
        try
        {
            settings = configuration.GetSection("Box").Get<AgentSettings>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"The settings cannot be read: {e.InnerException?.Message ?? e.Message}", e);
        }

        var faults = settings.Faults().ToList();
        return faults.Count == 0
            ? settings
            : throw new InvalidDataException(
                "The settings are invalid:" + string.Concat(faults.Select(f => $"{Environment.NewLine}  {f}"))
            );
    }

    private IEnumerable<string> Faults()
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(Cameras, new(Cameras), results, true);
        Validator.TryValidateObject(Detection, new(Detection), results, true);
        Validator.TryValidateObject(Recording, new(Recording), results, true);
        Validator.TryValidateObject(Uplink, new(Uplink), results, true);
        Validator.TryValidateObject(Evidence, new(Evidence), results, true);
        Validator.TryValidateObject(Installer, new(Installer), results, true);
        return results
            .Select(r => r.ErrorMessage!)
            .Concat(Site.Faults())
            .Concat(Rules.SelectMany(r => r.SetFaults(_ => null)))
            .Concat(Evidence.Faults())
            .Concat(Uplink.Faults());
    }
}
