namespace BrightKitchen.CentralServer.KeyProtection;

/// <summary>
/// What the keys of data protection are encrypted with where they are stored (<c>Data/keys</c>, or the PostgreSQL database); the section
/// <c>Keys</c>. They open cookies, the sealing key and cameras' passwords, which are stored in the same place: without one of these
/// settings whoever has a copy of that place has them all.
/// </summary>
public sealed class KeyProtectionOptions
{
    public const string Section = "Keys";

    /// <summary>
    /// A file of 32 random bytes or more in Base64, on another disk or from a secret store, the same on all servers. None by default.
    /// </summary>
    public string? File { get; set; }

    /// <summary>
    /// A password of 16 characters or more, from the environment (<c>Keys__Password</c>), the same on all servers. None by default; not
    /// used where there is a file.
    /// </summary>
    public string? Password { get; set; }

    /// <summary>What is wrong in it, each with the key first.</summary>
    internal IEnumerable<string?> Faults()
    {
        string? fault = null;
        try
        {
            _ = KeySecret.Of(this);
        }
        catch (InvalidDataException e)
        {
            // It begins with the setting's whole name.
            fault = e.Message[(KeyProtectionOptions.Section.Length + 1)..];
        }

        return [fault];
    }
}
