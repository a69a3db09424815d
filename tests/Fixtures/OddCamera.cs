using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace BrightKitchen.Fixtures;

/// <summary>What is odd about a camera.</summary>
public sealed record Oddities
{
    /// <summary>The only path that it serves; with a query, where it has one.</summary>
    public string Path { get; init; } = "/main";

    public string User { get; init; } = "admin";

    public string Password { get; init; } = "";

    /// <summary>
    /// The challenges that it sends, in this order: <c>basic</c>, <c>md5</c>, <c>sha256</c>; none where it asks for no password.
    /// </summary>
    public IReadOnlyList<string> Challenges { get; init; } = [];

    /// <summary><c>H264</c> or <c>JPEG</c>.</summary>
    public string Codec { get; init; } = "H264";

    /// <summary>From one key frame to the next, seconds.</summary>
    public int KeyFrameEvery { get; init; } = 2;

    /// <summary>Only key frames bring the parameter sets; the description has none.</summary>
    public bool NoParameterSets { get; init; }

    /// <summary>How long a connection lasts; for ever where null.</summary>
    public TimeSpan? ClosesAfter { get; init; }

    /// <summary>What it answers to a method instead of serving it, such as <c>SETUP</c> and 453.</summary>
    public (string Method, int Status)? Refuses { get; init; }
}

/// <summary>
/// An RTSP server on loopback whose answers are as odd as real cameras'; its picture is a moving test picture, encoded as it is sent, for
/// all viewers at once.
/// </summary>
public sealed partial class OddCamera : IAsyncDisposable
{
    private const string Realm = "IP Camera(1.2.3)";
    private const string Nonce = "66b1f0c4d2";
    private readonly Oddities odd;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly UdpClient packets;
    private readonly Process sender;
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<NetworkStream, (int Channel, SemaphoreSlim Turn)> playing = new();
    private readonly ConcurrentQueue<string> requests = new();
    private readonly string description;
    private Task running = Task.CompletedTask;

    private OddCamera(Oddities odd, UdpClient packets, Process sender, string description) =>
        (this.odd, this.packets, this.sender, this.description) = (odd, packets, sender, description);

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The first line and the Authorization of every request.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    /// <param name="folder">For the description that ffmpeg writes.</param>
    public static async Task<OddCamera> StartAsync(string folder, Oddities odd, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var packets = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0)) { Client = { ReceiveBufferSize = 4 << 20 } };
        var sdp = Path.Combine(folder, $"{Guid.NewGuid():N}.sdp");
        var group = (odd.KeyFrameEvery * 10).ToString(CultureInfo.InvariantCulture);
        string[] encoder =
            odd.Codec == "JPEG"
                ? ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-huffman", "default", "-q:v", "6"]
                :
                [
                    "-c:v",
                    "libx264",
                    "-preset",
                    "ultrafast",
                    "-tune",
                    "zerolatency",
                    "-bf",
                    "0",
                    "-pix_fmt",
                    "yuv420p",
                    "-g",
                    group,
                    "-keyint_min",
                    group,
                    "-sc_threshold",
                    "0",
                    .. odd.NoParameterSets ? Array.Empty<string>() : ["-flags", "+global_header"],
                ];
        var port = ((IPEndPoint)packets.Client.LocalEndPoint!).Port;
        string[] source = ["-hide_banner", "-loglevel", "fatal", "-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=10"];
        string[] target = ["-sdp_file", sdp, "-f", "rtp", $"rtp://127.0.0.1:{port}?pkt_size=1200"];
        var start = new ProcessStartInfo("ffmpeg", [.. source, .. encoder, .. target])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var sender = Process.Start(start)!;
        async Task<bool> DescribedAsync() =>
            File.Exists(sdp) && (await File.ReadAllTextAsync(sdp, cancel)).Contains("m=video", StringComparison.Ordinal);
        for (var since = Stopwatch.StartNew(); !await DescribedAsync(); await Task.Delay(20, cancel))
        {
            if (since.Elapsed > TimeSpan.FromSeconds(20))
                throw new InvalidOperationException("ffmpeg sends no picture.");
        }

        var lines = (await File.ReadAllLinesAsync(sdp, cancel))
            .Where(l => !l.StartsWith("SDP:", StringComparison.Ordinal) && !l.StartsWith("c=", StringComparison.Ordinal))
            .Select(l => l.StartsWith("m=video", StringComparison.Ordinal) ? "m=video 0 " + l.Split(' ', 3)[2] : l);
        var camera = new OddCamera(
            odd,
            packets,
            sender,
            string.Join("\r\n", lines.Where(l => l.Length > 0)) + "\r\na=control:trackID=1\r\n"
        );
        camera.listener.Start();
        camera.running = Task.WhenAll(camera.SendAsync(), camera.AcceptAsync());
        return camera;
    }

    public string Url(string? path = null) => $"rtsp://127.0.0.1:{Port}{path ?? odd.Path}";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        sender.Kill();
        await sender.WaitForExitAsync(CancellationToken.None);
        sender.Dispose();
        packets.Dispose();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task SendAsync()
    {
        while (true)
        {
            var packet = (await packets.ReceiveAsync(stop.Token)).Buffer;
            foreach (var (viewer, (channel, turn)) in playing)
            {
                var framed = new byte[packet.Length + 4];
                (framed[0], framed[1]) = ((byte)'$', (byte)channel);
                BinaryPrimitives.WriteUInt16BigEndian(framed.AsSpan(2), (ushort)packet.Length);
                packet.CopyTo(framed, 4);
                await WriteAsync(viewer, turn, framed);
            }
        }
    }

    private async Task WriteAsync(NetworkStream viewer, SemaphoreSlim turn, byte[] bytes)
    {
        await turn.WaitAsync(stop.Token);
        try
        {
            await viewer.WriteAsync(bytes, stop.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            playing.TryRemove(viewer, out _);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = TalkAsync(await listener.AcceptTcpClientAsync(stop.Token));
    }

    private async Task TalkAsync(TcpClient client)
    {
        using var whole = client;
        await using var stream = client.GetStream();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        if (odd.ClosesAfter is { } lasts)
            end.CancelAfter(lasts);
        using var turn = new SemaphoreSlim(1);
        try
        {
            var channel = 0;
            while (await RequestAsync(stream, end.Token) is { } request)
            {
                var (status, headers, body) = Answer(request, ref channel);
                var sequence = Regex.Match(request, @"^CSeq:\s*(\d+)", RegexOptions.Multiline | RegexOptions.IgnoreCase).Groups[1].Value;
                var text =
                    $"RTSP/1.0 {status} {(status == 200 ? "OK" : "No")}\r\nCSeq: "
                    + $"{sequence}\r\n{headers}{(body.Length > 0 ? $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n" : "")}\r\n{body}";
                await WriteAsync(stream, turn, Encoding.UTF8.GetBytes(text));
                if (status == 200 && request.StartsWith("PLAY", StringComparison.Ordinal))
                    playing[stream] = (channel, turn);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The viewer has hung up, or the camera does.
        }
        finally
        {
            playing.TryRemove(stream, out _);
            // A packet may be on its way.
            await turn.WaitAsync(CancellationToken.None);
        }
    }

    private (int Status, string Headers, string Body) Answer(string request, ref int channel)
    {
        var first = request.Split("\r\n")[0].Split(' ');
        var (method, target) = (first[0], first[1]);
        var authorization = Regex
            .Match(request, @"^Authorization:\s*(.*?)\r?$", RegexOptions.Multiline | RegexOptions.IgnoreCase)
            .Groups[1]
            .Value;
        requests.Enqueue($"{method} {target} {authorization}");
        var path = "/" + target.Split('/', 4).ElementAtOrDefault(3);
        if (method == "OPTIONS")
            return (200, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n", "");
        if (!path.StartsWith(odd.Path, StringComparison.Ordinal))
            return (404, "", "");
        if (odd.Challenges.Count > 0 && !IsRight(authorization, method))
            return (401, string.Concat(odd.Challenges.Select(c => $"WWW-Authenticate: {ChallengeOf(c)}\r\n")), "");
        if (odd.Refuses is var (refused, status) && refused == method)
            return (status, "", "");
        switch (method)
        {
            case "DESCRIBE":
                return (200, $"Content-Type: application/sdp\r\nContent-Base: {target.TrimEnd('/')}/\r\n", description);
            case "SETUP":
                if (Regex.Match(request, @"interleaved=(\d+)-(\d+)") is not { Success: true } channels)
                    return (461, "", "");
                channel = int.Parse(channels.Groups[1].Value, CultureInfo.InvariantCulture);
                return (200, $"Session: 1234;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;{channels.Value}\r\n", "");
            default:
                return (200, "Session: 1234\r\n", "");
        }
    }

    private static string ChallengeOf(string kind) =>
        kind switch
        {
            "basic" => $"Basic realm=\"{Realm}\"",
            "md5" => $"Digest realm=\"{Realm}\", nonce=\"{Nonce}\", stale=\"FALSE\"",
            _ => $"Digest realm=\"{Realm}\", nonce=\"{Nonce}\", algorithm=SHA-256, qop=\"auth\"",
        };

    [SuppressMessage("Security", "CA5351", Justification = "What cameras ask for.")]
    private bool IsRight(string authorization, string method)
    {
        if (authorization.StartsWith("Basic ", StringComparison.Ordinal))
            return odd.Challenges.Contains("basic")
                && authorization[6..] == Convert.ToBase64String(Encoding.UTF8.GetBytes($"{odd.User}:{odd.Password}"));
        var fields = Field()
            .Matches(authorization)
            .ToDictionary(
                m => m.Groups[1].Value,
                m => m.Groups[2].Success ? Regex.Replace(m.Groups[2].Value, @"\\(.)", "$1") : m.Groups[3].Value
            );
        string Of(string field) => fields.GetValueOrDefault(field, "");
        var sha = Of("algorithm") == "SHA-256";
        if (!odd.Challenges.Contains(sha ? "sha256" : "md5") || Of("username") != odd.User)
            return false;
        string Hash(string text) =>
            Convert.ToHexStringLower(sha ? SHA256.HashData(Encoding.UTF8.GetBytes(text)) : MD5.HashData(Encoding.UTF8.GetBytes(text)));
        var (secret, asked) = (Hash($"{odd.User}:{Realm}:{odd.Password}"), Hash($"{method}:{Of("uri")}"));
        return Of("response")
            == (sha ? Hash($"{secret}:{Nonce}:{Of("nc")}:{Of("cnonce")}:{Of("qop")}:{asked}") : Hash($"{secret}:{Nonce}:{asked}"));
    }

    // A request without its body, of which there is none; what the viewer reports between them (RTCP) is skipped.
    private static async Task<string?> RequestAsync(NetworkStream stream, CancellationToken cancel)
    {
        var (text, one) = (new List<byte>(), new byte[1]);
        while (await stream.ReadAsync(one, cancel) == 1)
        {
            if (text.Count == 0 && one[0] == (byte)'$')
            {
                var lead = new byte[3];
                await stream.ReadExactlyAsync(lead, cancel);
                await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadUInt16BigEndian(lead.AsSpan(1))], cancel);
                continue;
            }

            text.Add(one[0]);
            if (text.Count > 4 && text[^1] == '\n' && text[^3] == '\n')
                return Encoding.UTF8.GetString([.. text]);
        }

        return null;
    }

    [GeneratedRegex(@"(\w+)\s*=\s*(?:""((?:[^""\\]|\\.)*)""|([^\s,""]+))")]
    private static partial Regex Field();
}
