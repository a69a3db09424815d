using System.Collections.Concurrent;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Tests;

/// <summary>A clip from a real camera, where the shared data lie beside the project.</summary>
public sealed class RealClipTests(Temporary temporary)
{
    private static readonly string Clip = Path.Combine(
        Environment.GetEnvironmentVariable("BRIGHTKITCHEN_DATA") ?? Path.Combine(Repository.Root, "..", "shared", "data"),
        "clips",
        "one-by-one-person-detection.mp4"
    );

    [Fact]
    public async Task People_who_walk_through_are_seen_and_followed_over_RTSP()
    {
        Assert.SkipUnless(File.Exists(Clip), "the shared clips are not beside the project");
        var stream = temporary.File("clip.ts");
        await Ffmpeg.RunAsync($"-t 20 -i {Clip} -map 0:v:0 -c copy {stream}");
        await using var cameras = await CameraServer.StartAsync(
            temporary.Folder(),
            [new("/clip", stream)],
            cancel: TestContext.Current.CancellationToken
        );
        using var models = new SceneModels(Repository.Models, ["face"]);
        var scene = new Scene(models);
        var people = new ConcurrentDictionary<long, int>();
        var (frames, withPeople) = (0, 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(TimeSpan.FromSeconds(60));
        await Should.ThrowAsync<OperationCanceledException>(() =>
            new CameraReader(new(), temporary.Folder(), TimeProvider.System).RunOnceAsync(
                new(cameras.Url("/clip"), null, null),
                new(
                    picture =>
                    {
                        using var frame = picture;
                        var seen = scene.Look(frame.Bgr, TimeProvider.System.GetUtcNow()).Where(s => s.Label == "person").ToList();
                        seen.ForEach(s => people.AddOrUpdate(s.Track, 1, (_, n) => n + 1));
                        withPeople += seen.Count > 0 ? 1 : 0;
                        if (++frames == 90)
                            stop.Cancel();
                    },
                    null
                ),
                stop.Token
            )
        );
        frames.ShouldBeGreaterThanOrEqualTo(90);
        withPeople.ShouldBeGreaterThan(30, "somebody walks through most of the time");
        people
            .Values.Max()
            .ShouldBeGreaterThan(
                5,
                "one of them is followed for more than a second, also where the machine is busy and frames are left out"
            );
    }
}
