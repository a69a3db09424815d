using System.Threading.Channels;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>One camera under its real supervisor, whose connections give what a test says, in the test's own time.</summary>
internal sealed class ScriptedCamera : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Channel<Connection> connections = Channel.CreateUnbounded<Connection>();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;

    public ScriptedCamera(FakeTimeProvider time)
    {
        Time = time;
        Meters = services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
        Metrics = new(Meters, time);
        Set = new(Metrics, time);
        var camera = new CameraOptions
        {
            Id = "line",
            Url = "rtsp://192.0.2.1/line",
            SubUrl = "rtsp://192.0.2.1/sub",
        };
        Set.Apply([camera]);
        var place = Set.Slots.Values.Single();
        var board = new CameraStatus(time, NullLogger<CameraStatus>.Instance);
        running = new CameraSupervisor(camera, RunAsync, place.Inbox, place.Ring, new(), board, Metrics, time).RunAsync(stop.Token);
    }

    public FakeTimeProvider Time { get; }

    public System.Diagnostics.Metrics.IMeterFactory Meters { get; }

    public EdgeMetrics Metrics { get; }

    public CameraSet Set { get; }

    /// <summary>Lets time pass in steps until the camera is connected.</summary>
    /// <returns>The connection, and how long it took.</returns>
    public async Task<(Connection Connection, TimeSpan Waited)> ConnectedAsync(TimeSpan? within = null)
    {
        var step = TimeSpan.FromSeconds(1);
        var began = Time.GetUtcNow();
        for (var since = TimeProvider.System.GetTimestamp(); ; await Task.Yield())
        {
            if (connections.Reader.TryRead(out var connection))
                return (connection, Time.GetUtcNow() - began);
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, "the camera is connected again");
            (Time.GetUtcNow() - began).ShouldBeLessThan(within ?? TimeSpan.FromMinutes(2), "the camera is connected again");
            // The supervisor's own turn: its timer has to be set before time goes on.
            await Task.Delay(5, TestContext.Current.CancellationToken);
            if (connections.Reader.TryRead(out connection))
                return (connection, Time.GetUtcNow() - began);
            Time.Advance(step);
        }
    }

    /// <summary>The connection that the camera gets without any time passing in between.</summary>
    public Task<Connection> ConnectedAtOnceAsync() =>
        connections.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await services.DisposeAsync();
        stop.Dispose();
    }

    private async Task<StreamFault> RunAsync(StreamAddress address, StreamTaps taps, CancellationToken end)
    {
        // The smaller picture for analysis never comes here.
        if (taps.Fragment is null)
            await Task.Delay(Timeout.Infinite, end);
        var connection = new Connection(Time, taps.Fragment!, address.ByArrival);
        await connections.Writer.WriteAsync(connection, end);
        return await connection.Ended.WaitAsync(end);
    }

    internal sealed class Connection(FakeTimeProvider time, Action<Fragment> take, bool byArrival)
    {
        private readonly TaskCompletionSource<StreamFault> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool ByArrival => byArrival;

        public Task<StreamFault> Ended => ended.Task;

        /// <summary>The fragment comes when its last picture was taken.</summary>
        public void Give(Fragment fragment)
        {
            time.Advance(fragment.Duration);
            take(fragment with { Arrived = time.GetUtcNow() });
        }

        public void End(StreamFault fault) => ended.SetResult(fault);
    }
}
