namespace BrightKitchen.Fixtures;

/// <summary>Debian's Redis on loopback, which stores nothing.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private Child child;

    private RedisServer(Child child, int port) => (this.child, Port) = (child, port);

    public int Port { get; }

    public string Configuration => $"127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(CancellationToken cancel)
    {
        var port = LoopbackPort.Free();
        return new(await StartAsync(port, cancel), port);
    }

    /// <summary>As a crash does.</summary>
    public Task KillAsync() => child.KillAsync();

    /// <summary>On the same port, empty, after <see cref="KillAsync"/>.</summary>
    public async Task RestartAsync(CancellationToken cancel)
    {
        await child.DisposeAsync();
        child = await StartAsync(Port, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await child.DisposeAsync();
        File.Delete(child.LogFile);
    }

    private static async Task<Child> StartAsync(int port, CancellationToken cancel)
    {
        var log = Path.Combine(Path.GetTempPath(), $"brightkitchen-redis-{port}.log");
        var child = Child.Start(
            "redis-server",
            "redis",
            log,
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        );
        await child.ListensAsync(port, cancel);
        return child;
    }
}
