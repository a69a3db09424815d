using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>The settings that an installer changes at run time. Immutable: a newer instance replaces it as a whole.</summary>
/// <param name="Version">Incremented by every change; 0 is the edge agent's configuration file.</param>
/// <param name="TimeZone">IANA name; the hours of rules are local.</param>
/// <param name="ClockSource">The clock that timestamps use: <c>machine</c> or <c>server</c>.</param>
internal sealed record SiteSettings(
    long Version,
    string TimeZone,
    IReadOnlyList<CameraOptions> Cameras,
    IReadOnlyList<RuleOptions> Rules,
    string ClockSource = SiteSettings.OwnClock
)
{
    public const string OwnClock = "machine";
    public const string ServersClock = "server";

    public static IReadOnlyList<string> ClockSources { get; } = [OwnClock, ServersClock];

    public TimeZoneInfo Zone { get; } =
        TimeZone is not null && TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;

    public IEnumerable<RuleOptions> RulesOf(CameraId camera) => Rules.Where(r => r.Camera == camera.Value);

    /// <summary>Changes exactly when the analysis that this camera requires changes.</summary>
    public string KeyOf(CameraId camera) => JsonSerializer.Serialize(RulesOf(camera));

    /// <summary>The classifiers that a camera's rules need.</summary>
    public IEnumerable<string> AttributesOf(CameraId camera) =>
        RulesOf(camera)
            .Select(r => RuleKind.All[r.Kind])
            .Where(k => k.Source == RuleSource.Models)
            .Select(k => k.Attribute)
            .OfType<string>()
            .Distinct();

    /// <summary>The trained zones that a camera's rules need.</summary>
    public IEnumerable<string> ZonesOf(CameraId camera) => RulesOf(camera).Select(r => r.Taught).Where(t => t.Length > 0).Distinct();

    /// <summary>The shortest dwell of a camera's rules; one minute when it has none.</summary>
    public TimeSpan ShortestDwell(CameraId camera) => RulesOf(camera).Select(r => r.Dwell).DefaultIfEmpty(TimeSpan.FromMinutes(1)).Min();

    /// <summary>All configuration errors, one per line.</summary>
    public IEnumerable<string> Faults()
    {
        // JSON null bypasses nullable annotations.
        if (
            TimeZone is null
            || ClockSource is null
            || Cameras is null
            || Rules is null
            || Cameras.Any(c => c is not { Id: not null, Name: not null, Url: not null, Transport: not null })
            || Rules.Any(r =>
                r is not { Camera: not null, Kind: not null, ZoneName: not null, Zone: not null, Taught: not null, Hours: not null }
                || r.Hours.Contains(null!)
            )
        )
            return ["A camera, a rule or the time zone is incomplete: only SubUrl, User and Password may be null."];
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)
            ? []
            : new[] { $"TimeZone '{TimeZone}' is unknown here; use an IANA name like Asia/Shanghai." };
        var ids = Cameras.Select(c => c.Id).ToList();
        var clock = ClockSources.Contains(ClockSource) ? [] : new[] { $"ClockSource must be {string.Join(" or ", ClockSources)}." };
        return zone.Concat(clock).Concat(CamerasOptions.FaultsOf(Cameras)).Concat(Rules.SelectMany(r => r.Faults(ids)));
    }
}
