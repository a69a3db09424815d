using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>
/// Relays TCP to a port on loopback, each byte late by the same time in both directions; stands in for a bad line where the kernel has no
/// netem.
/// </summary>
internal sealed class LateLine : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly TimeSpan late;

    public LateLine(int port, TimeSpan late)
    {
        this.late = late;
        listener.Start();
        _ = AcceptAsync(port);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

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
                _ = RelayAsync(await listener.AcceptTcpClientAsync(end.Token), port);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient near, int port)
    {
        using var far = new TcpClient();
        using (near)
        {
            await far.ConnectAsync(IPAddress.Loopback, port, end.Token);
            await Task.WhenAny(CopyAsync(near.GetStream(), far.GetStream()), CopyAsync(far.GetStream(), near.GetStream()));
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var held = Channel.CreateUnbounded<(long Came, byte[] Bytes)>();
        var sending = SendAsync();
        var buffer = new byte[1 << 16];
        try
        {
            while (await from.ReadAsync(buffer, end.Token) is > 0 and var read)
                held.Writer.TryWrite((TimeProvider.System.GetTimestamp(), buffer[..read]));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // One side has hung up.
        }

        held.Writer.Complete();
        await sending;

        async Task SendAsync()
        {
            await foreach (var (came, bytes) in held.Reader.ReadAllAsync())
            {
                var wait = late - TimeProvider.System.GetElapsedTime(came);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, end.Token);
                await to.WriteAsync(bytes, end.Token);
            }
        }
    }
}
