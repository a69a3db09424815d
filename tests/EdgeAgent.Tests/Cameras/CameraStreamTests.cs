using System.Collections.Concurrent;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>Against a real RTSP server and the real ffmpeg.</summary>
public sealed class CameraStreamTests(Temporary temporary)
{
    private const string User = "viewer";
    private const string Password = "pass word/with'signs";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly CamerasOptions Options = new() { StallAfter = TimeSpan.FromSeconds(4) };

    [Theory]
    [InlineData("/missing", Password, CameraStates.Refused, "check the path")]
    [InlineData("/line", "wrong", CameraStates.Refused, "refuses the user or password")]
    [InlineData("/tone", Password, CameraStates.NoVideo, "no video")]
    public async Task A_stream_that_cannot_be_shown_says_why(string path, string password, string state, string detail)
    {
        await using var cameras = await StartAsync();
        var fault = await ReadAsync(new(cameras.Url(path), User, password), new(_ => { }, _ => { }));
        fault.State.ShouldBe(state);
        fault.Detail.ShouldContain(detail);
        fault.Detail.ShouldNotContain(password);
    }

    [Fact]
    public async Task Nothing_that_listens_is_said_so()
    {
        var fault = await ReadAsync(new("rtsp://127.0.0.1:9/line", User, Password), new(_ => { }, null));
        fault.ShouldBe(new(CameraStates.Unreachable, "nothing listens at this address; check host and port"));
    }

    [Fact]
    public async Task Gives_frames_at_the_analysis_rate_and_the_copied_stream_with_credentials_on_no_command_line()
    {
        await using var cameras = await StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var frames = new ConcurrentQueue<(int Width, int Height)>();
        var fragments = new ConcurrentQueue<Fragment>();
        var commandLines = new List<string>();
        var reading = ReadAsync(
            new(cameras.Url("/line"), User, Password),
            new(
                picture =>
                {
                    frames.Enqueue((picture.Bgr.Width, picture.Bgr.Height));
                    picture.Dispose();
                },
                fragments.Enqueue
            ),
            stop.Token
        );
        await UntilAsync(() => frames.Count >= 20 && fragments.Count >= 6);
        commandLines.AddRange(ProcessTree.Of(Environment.ProcessId).Select(ProcessTree.CommandLine));
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(reading);

        frames.ShouldAllBe(f => f.Width == 640 && f.Height == 360);
        fragments.First().Epoch.Codec.ShouldStartWith("avc1.");
        var seconds = fragments.Sum(f => f.Duration.TotalSeconds);
        frames.Count.ShouldBeInRange((int)(seconds * 3.5), (int)(seconds * 6.5) + 5, "5 frames a second");
        commandLines.ShouldContain(l => l.Contains("ffconcat", StringComparison.Ordinal), "ffmpeg was looked at");
        commandLines.ShouldAllBe(l =>
            !l.Contains("pass word", StringComparison.Ordinal) && !l.Contains("pass%20word", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_camera_that_stands_still_is_silent_after_the_stall_time()
    {
        await using var cameras = await StartAsync();
        var frames = 0;
        var reading = ReadAsync(new(cameras.Url("/line"), User, Password), new(picture => Count(picture, ref frames), null));
        await UntilAsync(() => Volatile.Read(ref frames) > 3);
        cameras.Child.Freeze();
        try
        {
            (await reading.WaitAsync(Patience, TestContext.Current.CancellationToken)).State.ShouldBe(CameraStates.Silent);
        }
        finally
        {
            cameras.Child.Resume();
        }
    }

    [Fact]
    public async Task A_picture_that_changes_its_size_is_connected_anew_and_seen_in_its_new_shape()
    {
        var folder = temporary.Folder();
        await Ffmpeg.PictureAsync(Path.Combine(folder, "wide.ts"), "640x360", 8);
        await Ffmpeg.PictureAsync(Path.Combine(folder, "tall.ts"), "480x480", 8, "-output_ts_offset 8");
        var both = Path.Combine(folder, "both.ts");
        await using (var joined = File.Create(both))
        {
            foreach (var part in new[] { "wide.ts", "tall.ts" })
                await joined.WriteAsync(
                    await File.ReadAllBytesAsync(Path.Combine(folder, part), TestContext.Current.CancellationToken),
                    TestContext.Current.CancellationToken
                );
        }

        await using var cameras = await StartAsync(both);
        var sizes = new ConcurrentQueue<(int Width, int Height)>();
        void Take(PlanarPicture picture)
        {
            sizes.Enqueue((picture.Bgr.Width, picture.Bgr.Height));
            picture.Dispose();
        }

        var address = new StreamAddress(cameras.Url("/line"), User, Password);
        var fault = await ReadAsync(address, new(Take, _ => { })).WaitAsync(Patience, TestContext.Current.CancellationToken);
        fault.Detail.ShouldBe("the picture's size changed");
        var before = sizes.Distinct().ToList();
        before.ShouldHaveSingleItem();
        sizes.Clear();
        _ = await ReadAsync(address, new(Take, _ => { })).WaitAsync(Patience, TestContext.Current.CancellationToken);
        sizes.First().ShouldNotBe(before[0]);
    }

    [Fact]
    public async Task A_dead_camera_is_shown_and_tried_again_and_stops_no_other()
    {
        await using var cameras = await StartAsync();
        var dead = Camera("dead", "rtsp://127.0.0.1:9/x");
        var well = Camera("well", cameras.Url("/line"));
        using var services = new ServiceCollection().AddMetrics().AddLogging().BuildServiceProvider();
        var metrics = new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), TimeProvider.System);
        var board = new CameraStatus(TimeProvider.System, services.GetRequiredService<ILogger<CameraStatus>>());
        var set = new CameraSet(metrics, TimeProvider.System);
        set.Apply([dead, well]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var reader = new CameraReader(Options, temporary.Folder(), TimeProvider.System);
        var running = Task.WhenAll(
            set.Slots.Values.Select(p =>
                new CameraSupervisor(p.Camera, reader, p.Inbox, p.Ring, new(), board, metrics, TimeProvider.System).RunAsync(stop.Token)
            )
        );
        string StateOf(string id) => board.All.Single(c => c.Camera.Value == id).State;

        await UntilAsync(() => StateOf("dead") == CameraStates.Unreachable && StateOf("well") == CameraStates.Live);
        cameras.Child.Freeze();
        await UntilAsync(() => StateOf("well") != CameraStates.Live);
        cameras.Child.Resume();
        await UntilAsync(() => StateOf("well") == CameraStates.Live);
        set.Slots[CameraId.Parse("well", null)].Ring.Newest.ShouldNotBeNull();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
        foreach (var place in set.Slots.Values)
        {
            if (place.Inbox.TryTake(out var frame))
                frame!.Dispose();
        }
    }

    private static CameraOptions Camera(string id, string url) =>
        new()
        {
            Id = id,
            Url = url,
            User = User,
            Password = Password,
        };

    private static void Count(PlanarPicture picture, ref int frames)
    {
        picture.Dispose();
        Interlocked.Increment(ref frames);
    }

    private static async Task UntilAsync(Func<bool> so)
    {
        for (
            var since = TimeProvider.System.GetTimestamp();
            TimeProvider.System.GetElapsedTime(since) < Patience;
            await Task.Delay(50, TestContext.Current.CancellationToken)
        )
        {
            if (so())
                return;
        }

        Assert.Fail($"Not within {Patience.TotalSeconds:0} s");
    }

    private Task<StreamFault> ReadAsync(StreamAddress address, StreamTaps taps, CancellationToken? stop = null) =>
        new CameraReader(Options, temporary.Folder(), TimeProvider.System).RunOnceAsync(
            address,
            taps,
            stop ?? TestContext.Current.CancellationToken
        );

    private Task<CameraServer> StartAsync(string? file = null) =>
        CameraServer.StartAsync(
            temporary.Folder(),
            [new("/line", file ?? Path.Combine(Repository.Pictures, "line-sub.ts")), new("/tone", null)],
            0,
            User,
            Password,
            TestContext.Current.CancellationToken
        );
}
