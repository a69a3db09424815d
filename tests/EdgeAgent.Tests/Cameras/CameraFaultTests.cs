using System.Net;
using System.Net.Sockets;
using System.Text;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>Bad lines, dead cameras and hostile ones, by real means.</summary>
public sealed class CameraFaultTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Picture = Path.Combine(Repository.Pictures, "line-sub.ts");

    [Fact]
    public async Task A_line_that_answers_two_seconds_late_still_gives_a_picture()
    {
        await using var server = await StartAsync();
        using var line = new LateLine(server.Port, TimeSpan.FromSeconds(1));
        await GivesAsync(Camera("line", $"rtsp://127.0.0.1:{line.Port}/line"), 2.5);
    }

    [Fact]
    public async Task A_line_that_loses_one_packet_in_twenty_still_gives_a_picture()
    {
        await using var server = await StartAsync(new("/line", Picture) { Transport = "udp", Loss = 0.05 });
        await GivesAsync(Camera("line", server.Url("/line"), "udp"), 1.5);
    }

    [Fact]
    public async Task A_server_that_is_killed_comes_back_and_so_does_the_picture()
    {
        var server = await StartAsync();
        await using var cameras = new Running(new CamerasOptions(), temporary.Folder(), [Camera("line", server.Url("/line"))]);
        await cameras.UntilAsync(() => cameras.State("line") == CameraStates.Live, "the camera is live");
        await server.Child.KillAsync();
        await cameras.UntilAsync(() => cameras.State("line") == CameraStates.Unreachable, "the killed server is noticed");
        var port = server.Port;
        await server.DisposeAsync();
        await using var again = await CameraServer.StartAsync(
            temporary.Folder(),
            [new("/line", Picture)],
            new(port, "viewer", "secret"),
            TestContext.Current.CancellationToken
        );
        await cameras.UntilAsync(() => cameras.State("line") == CameraStates.Live, "the camera is live again");
    }

    [Fact]
    public async Task Of_sixteen_cameras_eight_are_dead_and_the_other_eight_go_on()
    {
        await using var server = await CameraServer.StartAsync(
            temporary.Folder(),
            [.. Enumerable.Range(0, 8).Select(i => new Mount($"/c{i}", Picture))],
            new(0, "viewer", "secret"),
            TestContext.Current.CancellationToken
        );
        using var mute = Hostile(_ => Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken), out var muteUrl);
        await using var cameras = new Running(
            new CamerasOptions(),
            temporary.Folder(),
            [
                .. Enumerable.Range(0, 8).Select(i => Camera($"live-{i}", server.Url($"/c{i}"))),
                Camera("nobody", "rtsp://127.0.0.1:9/x"),
                Camera("nobody-2", "rtsp://127.0.0.1:9/y"),
                Camera("nowhere", "rtsp://192.0.2.77/x"),
                Camera("unknown", "rtsp://camera.invalid/x"),
                Camera("wrong-path", server.Url("/nothing")),
                Camera("wrong-password", server.Url("/c0"), password: "wrong"),
                Camera("mute", muteUrl),
                Camera("mute-2", muteUrl),
            ]
        );
        await cameras.UntilAsync(() => Enumerable.Range(0, 8).All(i => cameras.State($"live-{i}") == CameraStates.Live), "eight are live");
        var (before, restarts) = (Enumerable.Range(0, 8).Select(i => cameras.Seen($"live-{i}")).ToList(), cameras.Restarts);
        await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        for (var i = 0; i < 8; i++)
            ((cameras.Seen($"live-{i}") - before[i]) / 20.0).ShouldBeGreaterThan(
                3.5,
                $"frames a second of camera {i} beside the dead ones"
            );
        cameras.State("nobody").ShouldBe(CameraStates.Unreachable);
        cameras.State("wrong-path").ShouldBe(CameraStates.Refused);
        cameras.State("wrong-password").ShouldBe(CameraStates.Refused);
        // Eight dead cameras, each tried at 1, 2, 3, 4, 5, 10, 20 s … : a loop without pauses would make hundreds.
        (cameras.Restarts - restarts).ShouldBeLessThan(60);
    }

    public static TheoryData<string> Hostilities =>
        ["endless headers", "redirects in a circle", "a gigabyte of description", "noise", "silence after the greeting"];

    [Theory]
    [MemberData(nameof(Hostilities))]
    public async Task A_hostile_camera_costs_only_itself(string hostility)
    {
        var connections = 0;
        var url = "";
        using var listener = Hostile(
            async stream =>
            {
                Interlocked.Increment(ref connections);
                var cancel = TestContext.Current.CancellationToken;
                var request = new byte[4096];
                _ = await stream.ReadAsync(request, cancel);
                switch (hostility)
                {
                    case "endless headers":
                        await stream.WriteAsync("RTSP/1.0 200 OK\r\n"u8.ToArray(), cancel);
                        var header = Encoding.ASCII.GetBytes($"X-Header: {new string('x', 1000)}\r\n");
                        while (true)
                            await stream.WriteAsync(header, cancel);
                    case "redirects in a circle":
                        await stream.WriteAsync(
                            Encoding.ASCII.GetBytes($"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: {url}\r\n\r\n"),
                            cancel
                        );
                        break;
                    case "a gigabyte of description":
                        await stream.WriteAsync(
                            "RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 1073741824\r\n\r\n"u8.ToArray(),
                            cancel
                        );
                        var zeros = new byte[1 << 20];
                        for (var i = 0; i < 1024; i++)
                            await stream.WriteAsync(zeros, cancel);
                        break;
                    case "noise":
                        var noise = new byte[1 << 16];
                        for (var i = 0; i < 2000; i++)
                        {
                            Random.Shared.NextBytes(noise);
                            await stream.WriteAsync(noise, cancel);
                        }

                        break;
                    default:
                        await Task.Delay(Timeout.Infinite, cancel);
                        break;
                }
            },
            out url
        );
        var memory = new PeakMemory();
        var reader = new CameraReader(new() { ConnectWithin = TimeSpan.FromSeconds(10) }, temporary.Folder(), TimeProvider.System);
        var reading = reader.RunOnceAsync(new(url, "viewer", "secret"), new(_ => { }, _ => { }), TestContext.Current.CancellationToken);
        while (!reading.IsCompleted)
        {
            memory.Look();
            await Task.WhenAny(reading, Task.Delay(100, TestContext.Current.CancellationToken));
        }

        var fault = await reading.WaitAsync(Patience, TestContext.Current.CancellationToken);
        fault.State.ShouldNotBe(CameraStates.Live);
        fault.Detail.ShouldNotContain("secret");
        memory.Megabytes.ShouldBeLessThan(400, $"{hostility}: {fault}");
        connections.ShouldBeLessThan(200, $"{hostility}: {fault}");
    }

    private Task<CameraServer> StartAsync(Mount? mount = null) =>
        CameraServer.StartAsync(
            temporary.Folder(),
            [mount ?? new("/line", Picture)],
            new(0, "viewer", "secret"),
            TestContext.Current.CancellationToken
        );

    private async Task GivesAsync(CameraOptions camera, double leastRate)
    {
        await using var cameras = new Running(new CamerasOptions(), temporary.Folder(), [camera]);
        await cameras.UntilAsync(() => cameras.State("line") == CameraStates.Live, "the camera is live");
        var before = cameras.Seen("line");
        await Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        ((cameras.Seen("line") - before) / 10.0).ShouldBeGreaterThan(leastRate, "frames a second over ten seconds");
        cameras.State("line").ShouldBe(CameraStates.Live);
    }

    private static CameraOptions Camera(string id, string url, string transport = "tcp", string password = "secret") =>
        new()
        {
            Id = id,
            Url = url,
            User = "viewer",
            Password = password,
            Transport = transport,
        };

    private static TcpListener Hostile(Func<NetworkStream, Task> talk, out string url)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        url = $"rtsp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/x";
        _ = AcceptAsync();
        return listener;

        async Task AcceptAsync()
        {
            while (true)
            {
                TcpClient client;
                try
                {
                    client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                }
                catch (Exception e) when (e is ObjectDisposedException or SocketException or OperationCanceledException)
                {
                    return;
                }

                _ = TalkAsync(client);
            }
        }

        async Task TalkAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    await talk(client.GetStream());
                }
                catch (Exception e) when (e is IOException or OperationCanceledException)
                {
                    // The box has hung up.
                }
            }
        }
    }

    /// <summary>The most memory that ffmpeg, started by this process, was seen with.</summary>
    private sealed class PeakMemory
    {
        public double Megabytes { get; private set; }

        public void Look()
        {
            foreach (var id in ProcessTree.Of(Environment.ProcessId).Where(id => id != Environment.ProcessId))
            {
                try
                {
                    using var process = System.Diagnostics.Process.GetProcessById(id);
                    if (process.ProcessName == "ffmpeg")
                        Megabytes = Math.Max(Megabytes, process.WorkingSet64 / 1e6);
                }
                catch (Exception e) when (e is ArgumentException or InvalidOperationException)
                {
                    // It has just ended.
                }
            }
        }
    }

    /// <summary>Cameras as the box runs them, with somebody who takes the frames.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken
        );
        private readonly Dictionary<string, int> seen = [];
        private readonly CameraStatus board = new(TimeProvider.System, NullLogger<CameraStatus>.Instance);
        private readonly CameraSet set;
        private readonly Task running;
        private readonly Task taking;
        private readonly CountedRestarts restarts;

        public Running(CamerasOptions options, string scratch, IReadOnlyList<CameraOptions> cameras)
        {
            var meters = services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>();
            var metrics = new EdgeMetrics(meters, TimeProvider.System);
            restarts = new(meters);
            set = new(metrics, TimeProvider.System);
            set.Apply(cameras);
            var reader = new CameraReader(options, scratch, TimeProvider.System);
            running = Task.WhenAll(
                set.Slots.Values.Select(p =>
                    new CameraSupervisor(p.Camera, reader, p.Inbox, p.Ring, new(), board, metrics, TimeProvider.System).RunAsync(stop.Token)
                )
            );
            taking = TakeAsync();
        }

        public int Restarts => restarts.Count;

        public string State(string camera) => board.All.Single(c => c.Camera.Value == camera).State;

        public int Seen(string camera)
        {
            lock (seen)
                return seen.GetValueOrDefault(camera);
        }

        public async Task UntilAsync(Func<bool> so, string what)
        {
            for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(50, TestContext.Current.CancellationToken))
                TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, $"{what}: {string.Join("; ", board.All)}");
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await taking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var place in set.Slots.Values)
            {
                if (place.Inbox.TryTake(out var frame))
                    frame!.Dispose();
            }

            restarts.Dispose();
            await services.DisposeAsync();
            stop.Dispose();
        }

        private async Task TakeAsync()
        {
            while (await set.Bell.WaitAsync(stop.Token))
            {
                foreach (var place in set.Slots.Values)
                {
                    if (!place.Inbox.TryTake(out var frame))
                        continue;
                    using (frame)
                    {
                        lock (seen)
                            seen[frame!.Camera.Value] = seen.GetValueOrDefault(frame.Camera.Value) + 1;
                    }
                }
            }
        }
    }

    private sealed class CountedRestarts : IDisposable
    {
        private readonly System.Diagnostics.Metrics.MeterListener listener = new();
        private int count;

        public CountedRestarts(System.Diagnostics.Metrics.IMeterFactory meters)
        {
            listener.InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Name == "edge_camera_restarts")
                    l.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref count, (int)value));
            listener.Start();
        }

        public int Count => Volatile.Read(ref count);

        public void Dispose() => listener.Dispose();
    }
}
