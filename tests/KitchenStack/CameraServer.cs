using System.Text.Json;

namespace BrightKitchen.KitchenStack;

/// <summary>A path of the RTSP server.</summary>
/// <param name="File">MPEG-TS of H.264, played in a loop; a tone without a picture where null.</param>
public sealed record Mount(string Path, string? File);

/// <summary>A real RTSP server on loopback (<c>tests/CameraSimulator/cameras.py</c>).</summary>
public sealed class CameraServer : IAsyncDisposable
{
    private CameraServer(Child child, int port) => (Child, Port) = (child, port);

    public Child Child { get; }

    public int Port { get; }

    /// <param name="folder">For its list and its log.</param>
    /// <param name="port">0 for a free one.</param>
    /// <exception cref="InvalidOperationException">It could not start; the message says why.</exception>
    public static async Task<CameraServer> StartAsync(
        string folder, IReadOnlyList<Mount> mounts, int port = 0, string? user = null, string? password = null, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(folder);
        var list = Path.Combine(folder, "cameras.json");
        var wanted = new Dictionary<string, object>
        {
            ["port"] = port,
            ["mounts"] = mounts.Select(m => m.File is null ? new Dictionary<string, string> { ["path"] = m.Path } : new() { ["path"] = m.Path, ["file"] = m.File }),
        };
        if (user is not null)
            (wanted["user"], wanted["password"]) = (user, password ?? "");
        await PrivateFile.WriteAsync(list, JsonSerializer.Serialize(wanted), cancel);

        // Debian's own Python has the GStreamer bindings; another one before it in the path has not.
        var child = Child.Start("/usr/bin/python3", "The cameras' RTSP server", Path.Combine(folder, "cameras.log"), [Repository.CameraScript, list]);
        try
        {
            var line = await child.FirstLineAsync(cancel);
            return line.Split(' ') is ["ready", var ready] && int.TryParse(ready, out var bound)
                ? new(child, bound)
                : throw new InvalidOperationException($"The cameras' RTSP server did not start: {line}");
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public string Url(string path) => $"rtsp://127.0.0.1:{Port}{path}";

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
