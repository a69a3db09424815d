using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrightKitchen.Fixtures;

/// <summary>A path of the RTSP server.</summary>
/// <param name="File">MPEG-TS, played in a loop; a tone without a picture where null.</param>
public sealed record Mount(string Path, string? File)
{
    /// <summary><c>H264</c> or <c>H265</c>, as the file is.</summary>
    public string Codec { get; init; } = "H264";

    /// <summary>A filter graph of ffmpeg's that the file's picture <c>[0:v]</c> goes through, encoded as it is played.</summary>
    public string? Graph { get; init; }

    /// <summary>A tone goes beside the picture.</summary>
    public bool Sound { get; init; }

    /// <summary><c>udp</c> or <c>tcp</c> where the camera refuses the other one.</summary>
    public string? Transport { get; init; }

    /// <summary>The share of RTP packets that get lost.</summary>
    public double? Loss { get; init; }

    /// <summary><c>frozen</c> or <c>wild</c> where the camera's RTP timestamps are worth nothing.</summary>
    public string? Stamps { get; init; }
}

/// <summary>Where and how the server listens.</summary>
/// <param name="Port">0 for a free one.</param>
/// <param name="Auth"><c>digest</c> or <c>basic</c>; of no use without a user.</param>
public sealed record Listening(
    int Port = 0,
    string? User = null,
    string? Password = null,
    string Address = "127.0.0.1",
    string Auth = "digest"
);

/// <summary>A real RTSP server on loopback (<c>tests/CameraSimulator/cameras.py</c>).</summary>
public sealed class CameraServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
    private readonly string address;

    private CameraServer(Child child, string address, int port) => (Child, this.address, Port) = (child, address, port);

    public Child Child { get; }

    public int Port { get; }

    /// <param name="folder">For its list and its log.</param>
    /// <param name="port">0 for a free one.</param>
    /// <exception cref="InvalidOperationException">It could not start; the message says why.</exception>
    public static Task<CameraServer> StartAsync(
        string folder,
        IReadOnlyList<Mount> mounts,
        int port = 0,
        string? user = null,
        string? password = null,
        CancellationToken cancel = default
    ) => StartAsync(folder, mounts, new Listening(port, user, password), cancel);

    /// <exception cref="InvalidOperationException">It could not start; the message says why.</exception>
    public static async Task<CameraServer> StartAsync(string folder, IReadOnlyList<Mount> mounts, Listening at, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var list = Path.Combine(folder, "cameras.json");
        await PrivateFile.WriteAsync(
            list,
            JsonSerializer.Serialize(
                new
                {
                    at.Port,
                    at.Address,
                    at.User,
                    at.Password,
                    at.Auth,
                    mounts,
                },
                Json
            ),
            cancel
        );

        // Debian's own Python has the GStreamer bindings; another one before it in the path has not.
        var child = Child.Start(
            "/usr/bin/python3",
            "The cameras' RTSP server",
            Path.Combine(folder, "cameras.log"),
            [Repository.CameraScript, list]
        );
        try
        {
            var line = await child.FirstLineAsync(cancel);
            return line.Split(' ') is ["ready", var ready] && int.TryParse(ready, out var bound)
                ? new(child, at.Address, bound)
                : throw new InvalidOperationException($"The cameras' RTSP server did not start: {line}");
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public string Url(string path) => $"rtsp://{(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:{Port}{path}";

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
