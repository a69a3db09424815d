namespace BrightKitchen.EdgeAgent.Host;

/// <summary>Where the box keeps what it must not lose, and what it may.</summary>
internal sealed class AgentFolders
{
    /// <param name="starting">Whether the box itself starts: its scratch is emptied. A command beside a running box leaves it
    /// alone.</param>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public AgentFolders(string data, bool starting = true)
    {
        Data = Path.GetFullPath(data);
        Scratch = Path.Combine(Data, "scratch");
        Directory.CreateDirectory(Data);
        if (!starting)
            return;
        if (Directory.Exists(Scratch))
            Directory.Delete(Scratch, true);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Scratch);
        else
            Directory.CreateDirectory(Scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Data { get; }

    /// <summary>Emptied at every start; readable for this user alone.</summary>
    public string Scratch { get; }

    public string In(string name) => Path.Combine(Data, name);

    /// <summary>What a zone was taught.</summary>
    public string Zone(string name) => Path.Combine(Data, "zones", name + ".json");
}
