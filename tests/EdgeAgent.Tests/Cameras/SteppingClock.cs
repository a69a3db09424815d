using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>
/// Relays RTSP over TCP to a port on loopback as a camera whose clock is set while it plays: from then on, either RTCP sender reports say
/// another time of day, or the pictures' RTP timestamps are others.
/// </summary>
internal sealed partial class SteppingClock : IDisposable
{
    private const byte SenderReport = 200;
    private const byte Picture = 96;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly TimeSpan report;
    private readonly TimeSpan stamp;
    private volatile bool set;
    private int connections;

    /// <param name="report">By how much the time of day in sender reports changes.</param>
    /// <param name="stamp">By how much RTP timestamps of pictures change.</param>
    public SteppingClock(int port, TimeSpan report, TimeSpan stamp)
    {
        (this.report, this.stamp) = (report, stamp);
        listener.Start();
        _ = AcceptAsync(port);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Sender reports since the clock was set.</summary>
    public int Reports { get; private set; }

    /// <summary>Connections that were made.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>Sets the clock.</summary>
    public void Set() => set = true;

    public void Dispose()
    {
        end.Cancel();
        listener.Dispose();
        end.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptTcpClientAsync(end.Token);
                Interlocked.Increment(ref connections);
                _ = RelayAsync(near, port);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient near, int port)
    {
        try
        {
            using var far = new TcpClient();
            using (near)
            {
                await far.ConnectAsync(IPAddress.Loopback, port, end.Token);
                var requests = near.GetStream().CopyToAsync(far.GetStream(), end.Token);
                await Task.WhenAny(requests, AnswersAsync(far.GetStream(), near.GetStream()));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One side has hung up.
        }
    }

    // The server's side: text answers, and between them packets as RFC 2326, 10.12 frames them.
    private async Task AnswersAsync(NetworkStream from, NetworkStream to)
    {
        await using var buffered = new BufferedStream(from, 1 << 16);
        var first = new byte[1];
        var reported = new Dictionary<byte, long>();
        while (await buffered.ReadAsync(first, end.Token) == 1)
        {
            var message = first[0] == '$' ? await PacketAsync(buffered, reported) : await TextAsync(buffered, first[0]);
            await to.WriteAsync(message, end.Token);
        }
    }

    // The server's own reports come when it likes, or not at all: each stream's are made here, one a second.
    private async Task<byte[]> PacketAsync(BufferedStream from, Dictionary<byte, long> reported)
    {
        var head = new byte[4];
        head[0] = (byte)'$';
        await from.ReadExactlyAsync(head.AsMemory(1), end.Token);
        var packet = new byte[4 + BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2))];
        head.CopyTo(packet, 0);
        await from.ReadExactlyAsync(packet.AsMemory(4), end.Token);
        if (head[1] % 2 == 1)
            return [];
        if (packet.Length < 16)
            return packet;
        var wrong = set;
        if (wrong && (packet[5] & 0x7f) == Picture)
            Add(packet.AsSpan(8), (long)(stamp.TotalSeconds * 90000));
        if (reported.TryGetValue(head[1], out var last) && TimeProvider.System.GetElapsedTime(last) < TimeSpan.FromSeconds(1))
            return packet;
        reported[head[1]] = TimeProvider.System.GetTimestamp();
        Reports += wrong ? 1 : 0;
        return [.. Report(packet, wrong ? report : TimeSpan.Zero), .. packet];
    }

    // RFC 3550, 6.4.1, of the packet's stream, at the packet's timestamp.
    private static byte[] Report(ReadOnlySpan<byte> packet, TimeSpan wrong)
    {
        var message = new byte[4 + 28];
        (message[0], message[1], message[3]) = ((byte)'$', (byte)(packet[1] + 1), 28);
        var body = message.AsSpan(4);
        (body[0], body[1], body[3]) = (0x80, SenderReport, 6);
        packet.Slice(12, 4).CopyTo(body[4..]);
        var now = TimeProvider.System.GetUtcNow() + wrong - new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
        BinaryPrimitives.WriteUInt32BigEndian(body[8..], (uint)(long)now.TotalSeconds);
        BinaryPrimitives.WriteUInt32BigEndian(body[12..], (uint)((now.TotalSeconds % 1) * uint.MaxValue));
        packet.Slice(8, 4).CopyTo(body[16..]);
        return message;
    }

    private static void Add(Span<byte> number, long change) =>
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)(BinaryPrimitives.ReadUInt32BigEndian(number) + change));

    private async Task<byte[]> TextAsync(BufferedStream from, byte first)
    {
        var text = new List<byte> { first };
        var next = new byte[1];
        while (!(text.Count >= 4 && text[^4..] is [13, 10, 13, 10]))
        {
            await from.ReadExactlyAsync(next, end.Token);
            text.Add(next[0]);
        }

        if (ContentLength().Match(Encoding.ASCII.GetString([.. text])) is { Success: true } match)
        {
            var body = new byte[int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)];
            await from.ReadExactlyAsync(body, end.Token);
            text.AddRange(body);
        }

        return [.. text];
    }

    [GeneratedRegex(@"Content-Length: *(\d+)", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}
