using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>A camera with sound whose clock is set while it plays; a real RTSP server and the real ffmpeg.</summary>
public sealed class SteppingClockTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const int Before = 4;

    /// <summary>By how many seconds sender reports and RTP timestamps change, and whether the camera is connected again for it.</summary>
    public static TheoryData<int, int, bool> Steps =>
        new()
        {
            { 8 * 3600, 0, false },
            { -8 * 3600, 0, false },
            { 2, 0, false },
            { -2, 0, false },
            { 0, 3600, true },
            { 0, -3600, true },
        };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task The_timeline_is_as_long_as_the_time_that_passed(int report, int stamp, bool again)
    {
        var folder = temporary.Folder();
        var file = Path.Combine(folder, "picture.ts");
        await Ffmpeg.PictureAsync(file, "320x180", 6);
        await using var server = await CameraServer.StartAsync(
            folder,
            [new("/line", file) { Sound = true }],
            new(),
            TestContext.Current.CancellationToken
        );
        using var line = new SteppingClock(server.Port, TimeSpan.FromSeconds(report), TimeSpan.FromSeconds(stamp));
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), TimeProvider.System);
        var cameras = new CameraSet(metrics, TimeProvider.System);
        // Without a smaller picture the frames would have to be taken.
        cameras.Apply([
            new()
            {
                Id = "line",
                Url = $"rtsp://127.0.0.1:{line.Port}/line",
                SubUrl = "rtsp://127.0.0.1:9/none",
            },
        ]);
        var place = cameras.Slots.Values.Single();
        var board = new CameraStatus(TimeProvider.System, NullLogger<CameraStatus>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var reader = new CameraReader(new(), folder, TimeProvider.System);
        var began = TimeProvider.System.GetUtcNow();
        var supervisor = new CameraSupervisor(place.Camera, reader, place.Inbox, place.Ring, new(), board, metrics, TimeProvider.System);
        var running = supervisor.RunAsync(stop.Token);
        IReadOnlyList<Fragment> All() => place.Ring.Cut(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        async Task UntilAsync(Func<bool> so)
        {
            for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(50, TestContext.Current.CancellationToken))
            {
                TimeProvider
                    .System.GetElapsedTime(since)
                    .ShouldBeLessThan(Patience, $"{All().Count} fragments, {line.Reports} reports, {line.Connections} connections");
            }
        }

        await UntilAsync(() => All().Count >= Before);
        line.Set();
        var set = TimeProvider.System.GetUtcNow();
        // For several seconds behind the step, and where the camera is connected again, behind that.
        bool Again() =>
            place.Ring.Newest?.Epoch is { } newest
            && All() is { Count: > 0 } some
            && newest != some[0].Epoch
            && some.Count(f => f.Epoch == newest) >= 4;
        await UntilAsync(() => again ? Again() : line.Reports >= 2 && All().Count(f => f.Arrived > set) >= 14);
        var all = All();
        var passed = TimeProvider.System.GetUtcNow() - began;
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
        all.Sum(f => f.Duration.TotalSeconds).ShouldBeLessThan(passed.TotalSeconds + 6, "hours that never were");
        all.ShouldAllBe(f => f.Begins > began - TimeSpan.FromSeconds(6));
        all.Max(f => f.Duration.TotalSeconds).ShouldBeLessThan(2.5);
        if (!again)
        {
            line.Connections.ShouldBe(1, "the time of day that a camera believes in is nothing to us");
            // Nothing is lost or squeezed either.
            // On a busy machine a fragment may come late, and none comes early: the least lateness before and behind the step is compared.
            var media = 0.0;
            var late = all.Select(f => (f.Arrived, Late: (f.Arrived - began).TotalSeconds - (media += f.Duration.TotalSeconds))).ToList();
            late.Where(l => l.Arrived > set).Min(l => l.Late).ShouldBe(late.Where(l => l.Arrived <= set).Min(l => l.Late), 1.5);
        }
    }
}
