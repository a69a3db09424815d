using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Tests.Recording;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

/// <summary>What becomes of a finding's clip when its camera reconnects before the post-roll is there.</summary>
public sealed class ClipOverReconnectTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly CameraId Line = CameraId.Parse("line", null);
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero));

    public static TheoryData<string, string, int, bool> Reconnects =>
        new()
        {
            { "at once", "640x360", 0, true },
            { "after two seconds", "640x360", 2, true },
            { "with another picture", "480x480", 0, false },
            { "with another picture, removed and added", "480x480", 0, false },
        };

    [Theory]
    [MemberData(nameof(Reconnects))]
    public async Task The_final_clip_has_all_of_the_first_and_the_post_roll(string how, string size, int away, bool spans)
    {
        var (before, _) = await Recorded.AsAsync(temporary, 8);
        var (after, _) = await Recorded.AsAsync(temporary, 4, size);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var cameras = new CameraSet(new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), time), time);
        cameras.Apply([new() { Id = "line" }]);
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        var orders = Channel.CreateUnbounded<EvidenceCommand>();
        using var stage = new EvidenceStage(
            orders,
            store,
            cameras,
            new OverlayBuffer(),
            new(),
            new AgentHealth(),
            time,
            NullLogger<EvidenceStage>.Instance
        );
        await stage.StartAsync(TestContext.Current.CancellationToken);
        Give(cameras, before);
        var report = NewReport();
        var open = new OpenCommand(report, [0xff, 0xd8, 0xff], time.GetUtcNow() - TimeSpan.FromSeconds(3));
        await orders.Writer.WriteAsync(open, TestContext.Current.CancellationToken);
        await UntilAsync(() => store.Outbox(10).Any(o => o.What == EvidenceStore.Stills));
        var first = store.Part(report.Id.ToString(), EvidencePart.Clip).Bytes;
        if (how.EndsWith("added", StringComparison.Ordinal))
        {
            cameras.Apply([]);
            cameras.Apply([new() { Id = "line" }]);
        }

        time.Advance(TimeSpan.FromSeconds(away));
        // Until the post-roll is there: the newest connection alone is half as long as what the clip has.
        Give(cameras, after);
        await UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(0.1));
            return store.Outbox(10).Any(o => o.What == EvidenceStore.Clips);
        });
        await orders.Writer.WriteAsync(new CloseCommand(report.Id, TimeSpan.Zero), TestContext.Current.CancellationToken);
        var last = store.Part(report.Id.ToString(), EvidencePart.Clip).Bytes;
        await stage.StopAsync(TestContext.Current.CancellationToken);

        (await PacketsAsync(last)).Take((await PacketsAsync(first)).Count).ShouldBe(await PacketsAsync(first), how);
        if (spans)
            last.Length.ShouldBeGreaterThan(first.Length, how);
        else
            last.Length.ShouldBe(first.Length, how);
        var clip = temporary.File("last.mp4");
        await File.WriteAllBytesAsync(clip, last, TestContext.Current.CancellationToken);
        (await Ffmpeg.DecodeAsync(clip)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stored_clip_is_never_replaced_by_a_smaller_one()
    {
        var (fragments, _) = await Recorded.AsAsync(temporary, 4);
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        var report = NewReport();
        store.Add(report, [0xff, 0xd8, 0xff], fragments);
        var before = store.Part(report.Id.ToString(), EvidencePart.Clip);
        store.Finish(report.Id, fragments[..2]);
        store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256.ShouldBe(before.Sha256);
    }

    private FindingReport NewReport() =>
        new(FindingId.New(time.GetUtcNow()), Line, "zone", FindingKinds.NoMask, time.GetUtcNow(), null, 0.9f, [], []);

    private void Give(CameraSet cameras, List<Fragment> fragments)
    {
        foreach (var fragment in fragments)
        {
            time.Advance(fragment.Duration);
            cameras.Slots[Line].Ring.Add(fragment with { Arrived = time.GetUtcNow() });
        }
    }

    private async Task<List<string>> PacketsAsync(byte[] clip)
    {
        var file = temporary.File("clip.mp4");
        await File.WriteAllBytesAsync(file, clip, TestContext.Current.CancellationToken);
        var lines = (await Ffmpeg.RunAsync($"-i {file} -map 0:v:0 -c copy -f framehash -hash md5 -")).Split('\n');
        return [.. lines.Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(',')[^1].Trim())];
    }

    private static async Task UntilAsync(Func<bool> so)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(10, TestContext.Current.CancellationToken))
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);
    }
}
