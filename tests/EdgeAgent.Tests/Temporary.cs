using BrightKitchen.EdgeAgent.Tests;

[assembly: AssemblyFixture(typeof(Temporary))]
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace BrightKitchen.EdgeAgent.Tests;

/// <summary>A folder of this run, deleted behind it.</summary>
public sealed class Temporary : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("brightkitchen-box-").FullName;

    public string File(string name) => Path.Combine(Folder(), name);

    public string Folder() => Directory.CreateDirectory(Path.Combine(root, Guid.NewGuid().ToString("N"))).FullName;

    public void Dispose() => Directory.Delete(root, true);
}
