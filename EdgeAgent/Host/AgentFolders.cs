namespace BrightKitchen.EdgeAgent.Host;

/// <summary>The edge agent's folders for persistent and for temporary data.</summary>
internal sealed class AgentFolders
{
    /// <param name="starting">Whether the edge agent itself starts, which empties the scratch folder. A command that runs beside it must
    /// leave the folder alone.</param>
    /// <exception cref="IOException">The folder cannot be created or written.</exception>
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

    /// <summary>Temporary files; emptied at every start, readable for the current user only.</summary>
    public string Scratch { get; }

    public string In(string name) => Path.Combine(Data, name);

    /// <summary>File with the training examples of a taught zone.</summary>
    public string Zone(string name) => Path.Combine(Data, "zones", name + ".json");
}
