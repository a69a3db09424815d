namespace BrightKitchen.KitchenStack;

/// <summary>Debian's Redis on loopback, keeping nothing.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly Child child;

    private RedisServer(Child child, int port) => (this.child, Port) = (child, port);

    public int Port { get; }

    public string Configuration => $"127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(CancellationToken cancel)
    {
        var port = LoopbackPort.Free();
        var child = Child.Start("redis-server", "redis", Path.Combine(Path.GetTempPath(), $"brightkitchen-redis-{port}.log"), ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        await child.ListensAsync(port, cancel);
        return new(child, port);
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        File.Delete(child.LogFile);
    }
}
