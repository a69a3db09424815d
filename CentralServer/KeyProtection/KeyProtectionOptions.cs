namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>
/// How the data protection keys are encrypted at rest (in <c>Data/keys</c>, or in the PostgreSQL database); the section <c>Keys</c>. They
/// decrypt cookies, the sealing key and camera passwords, which are stored in the same place: without one of these settings, a copy of that
/// place gives access to all of them.
/// </summary>
public sealed class KeyProtectionOptions
{
    public const string Section = "Keys";

    /// <summary>
    /// A file of 32 or more random bytes in Base64, on another disk or from a secret store, the same on all servers. None by default.
    /// </summary>
    public string? File { get; set; }

    /// <summary>
    /// A password of 16 or more characters, from the environment (<c>Keys__Password</c>), the same on all servers. None by default; ignored
    /// if <see cref="File"/> is set.
    /// </summary>
    public string? Password { get; set; }

    /// <summary>Errors in the settings, each starting with the key; null for a valid setting.</summary>
    internal IEnumerable<string?> Faults()
    {
        string? fault = null;
        try
        {
            _ = KeySecret.Of(this);
        }
        catch (InvalidDataException e)
        {
            // The message starts with the full name of the setting.
            fault = e.Message[(KeyProtectionOptions.Section.Length + 1)..];
        }

        return [fault];
    }
}
