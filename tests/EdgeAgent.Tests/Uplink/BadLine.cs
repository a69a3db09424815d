using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>What a line, or the server at its end, can do.</summary>
public enum LineState
{
    Good,

    /// <summary>Connections are refused as soon as they are made.</summary>
    Refused,

    /// <summary>64 kbit/s in each direction, shared by all connections.</summary>
    Slow,

    /// <summary>Every request is answered 500.</summary>
    Failing,

    /// <summary>Every request is answered by what is no HTTP.</summary>
    Garbage,

    /// <summary>Requests are taken and never answered.</summary>
    Hanging,

    /// <summary>A connection is agreed on and then not made: the server went away between the two.</summary>
    Negotiating,
}

/// <summary>Relays TCP to a port on loopback as badly as is asked; stands in for <c>tc</c> where the kernel has no netem.</summary>
internal sealed class BadLine : IDisposable
{
    private const int Chunk = 1024;
    private static readonly TimeSpan ChunkTime = TimeSpan.FromSeconds(Chunk / 8000.0);
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly SemaphoreSlim up = new(1);
    private readonly SemaphoreSlim down = new(1);
    private readonly int port;
    private CancellationTokenSource connections = new();
    private int met;

    public BadLine(int port)
    {
        this.port = port;
        listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public LineState State { get; private set; }

    /// <summary>Connections made in the present state.</summary>
    public int Met => Volatile.Read(ref met);

    /// <summary>From now on; what was connected is cut.</summary>
    public void Become(LineState state)
    {
        State = state;
        Volatile.Write(ref met, 0);
        var old = Interlocked.Exchange(ref connections, new());
        old.Cancel();
        old.Dispose();
    }

    public void Dispose()
    {
        end.Cancel();
        connections.Cancel();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptTcpClientAsync(end.Token);
                Interlocked.Increment(ref met);
                _ = ServeAsync(near, connections.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient near, CancellationToken cut)
    {
        using (near)
        {
            try
            {
                var stream = near.GetStream();
                switch (State)
                {
                    case LineState.Refused:
                        near.Client.LingerState = new(true, 0);
                        return;
                    case LineState.Failing:
                        await AnswerAsync(
                            stream,
                            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\nConnection: close\r\n\r\nbroken"u8.ToArray(),
                            cut
                        );
                        return;
                    case LineState.Garbage:
                        await AnswerAsync(stream, RandomNumberGenerator.GetBytes(500), cut);
                        return;
                    case LineState.Negotiating:
                        await NegotiateAsync(stream, cut);
                        return;
                    case LineState.Hanging:
                        await Task.Delay(Timeout.Infinite, cut);
                        return;
                    default:
                        await RelayAsync(stream, cut);
                        return;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // Cut, or one side has hung up.
            }
        }
    }

    private static async Task AnswerAsync(NetworkStream stream, byte[] answer, CancellationToken cut)
    {
        await stream.ReadAtLeastAsync(new byte[4096], 16, throwOnEndOfStream: false, cut);
        await stream.WriteAsync(answer, cut);
    }

    private static async Task NegotiateAsync(NetworkStream stream, CancellationToken cut)
    {
        var request = new byte[4096];
        var read = await stream.ReadAtLeastAsync(request, 32, throwOnEndOfStream: false, cut);
        const string Transports = """
            {"negotiateVersion":1,"connectionId":"a","connectionToken":"b","availableTransports":[
            {"transport":"WebSockets","transferFormats":["Text","Binary"]},{"transport":"LongPolling","transferFormats":["Text","Binary"]}]}
            """;
        var agreed = Encoding.ASCII.GetString(request, 0, read).Contains("/negotiate", StringComparison.Ordinal);
        var body = agreed ? Transports : "away";
        var head = $"HTTP/1.1 {(agreed ? "200 OK" : "502 Bad Gateway")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body), cut);
    }

    private async Task RelayAsync(NetworkStream near, CancellationToken cut)
    {
        using var far = new TcpClient();
        await far.ConnectAsync(IPAddress.Loopback, port, cut);
        await await Task.WhenAny(CopyAsync(near, far.GetStream(), up, cut), CopyAsync(far.GetStream(), near, down, cut));
    }

    // Whoever sends waits for its turn, so that the line's share is fair.
    private async Task CopyAsync(NetworkStream from, NetworkStream to, SemaphoreSlim turn, CancellationToken cut)
    {
        var buffer = new byte[State == LineState.Slow ? Chunk : 1 << 16];
        while (await from.ReadAsync(buffer, cut) is > 0 and var read)
        {
            if (State == LineState.Slow)
            {
                await turn.WaitAsync(cut);
                try
                {
                    await Task.Delay(ChunkTime * read / Chunk, cut);
                }
                finally
                {
                    turn.Release();
                }
            }

            await to.WriteAsync(buffer.AsMemory(0, read), cut);
        }
    }
}
