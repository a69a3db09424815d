using BrightKitchen.KioskUI.Link;
using BrightKitchen.KioskUI.Staff;

namespace BrightKitchen.KioskUI;

/// <summary>This kitchen's edge agent, from the section <c>Box</c>.</summary>
public sealed class EdgeAgentOptions
{
    /// <summary>Its address on the site's network, such as <c>http://192.168.1.10:5081</c>; required.</summary>
    public string Address { get; set; } = "";

    /// <summary>Path of a copy of the edge agent's <c>kiosk.key</c>; required.</summary>
    public string KeyFile { get; set; } = "";
}

/// <summary>The kiosk's settings, read once and validated as a whole before anything is opened.</summary>
/// <param name="Data">Full path of the data folder.</param>
/// <param name="AgentKey">Content of the key file.</param>
internal sealed record KioskSettings(string Data, Uri Agent, string AgentKey, ServerOptions Server, CheckOptions Check)
{
    /// <exception cref="InvalidDataException">Settings are invalid; the message lists every fault, one per line.</exception>
    public static KioskSettings Read(IConfiguration configuration)
    {
        var faults = new List<string>();
        var agent = Section<EdgeAgentOptions>(configuration, "Box", faults);
        var server = Section<ServerOptions>(configuration, "Server", faults);
        var check = Section<CheckOptions>(configuration, "Check", faults);
        var address = AddressOf(agent.Address);
        if (address is null)
            faults.Add($"Box:Address is '{agent.Address}': set it to the edge agent's address, such as http://192.168.1.10:5081");
        foreach (var (name, value) in new[] { ("Address", server.Address), ("PublicAddress", server.PublicAddress) })
        {
            if (value is not null && AddressOf(value.OriginalString) is null)
                faults.Add($"Server:{name} is '{value}': it must be an address, such as https://kitchens.example.org");
        }

        var key = KeyOf(agent.KeyFile, faults);
        return faults.Count == 0
            ? new(Path.GetFullPath(configuration["Data"] ?? "data"), address!, key, server, check)
            : throw new InvalidDataException(string.Join(Environment.NewLine, faults));
    }

    private static T Section<T>(IConfiguration configuration, string name, List<string> faults)
        where T : new()
    {
        var section = configuration.GetSection(name);
        var known = typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).ToList();
        foreach (var setting in section.GetChildren().Where(s => !known.Contains(s.Key, StringComparer.OrdinalIgnoreCase)))
            faults.Add($"{setting.Path} is not known; {name} has {string.Join(", ", known)}");
        try
        {
            return section.Get<T>() ?? new();
        }
        catch (InvalidOperationException e)
        {
            // The message names the key and the value that cannot be converted.
            faults.Add(e.Message);
            return new();
        }
    }

    private static string KeyOf(string file, List<string> faults)
    {
        try
        {
            if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } key)
                return key;
            faults.Add($"Box:KeyFile is '{file}': set it to a copy of the edge agent's kiosk.key");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"Box:KeyFile is '{file}': {e.Message}");
        }

        return "";
    }

    private static Uri? AddressOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;
}
