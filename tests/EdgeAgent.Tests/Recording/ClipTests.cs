using BrightKitchen.EdgeAgent.Recording;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Recording;

public sealed class ClipTests(Temporary temporary)
{
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_clip_begins_with_a_key_frame_before_and_holds_every_copied_packet()
    {
        var (fragments, source) = await RecordAsync(12);
        var (ring, _) = RingOf(fragments);

        // From 4.3 s to 8.1 s after the beginning: the key frame before 4.3 s is at 4 s.
        var cut = ring.Cut(Begin.AddSeconds(4.3), Begin.AddSeconds(8.1));
        var clip = temporary.File("clip.mp4");
        await File.WriteAllBytesAsync(clip, Clip.Join(cut), TestContext.Current.CancellationToken);

        cut[0].Key.ShouldBeTrue();
        cut[0].Begins.ShouldBe(Begin.AddSeconds(4), TimeSpan.FromMilliseconds(50));
        (await Ffmpeg.ProbeAsync($"-show_entries stream=codec_name,width,height,start_time -of csv=p=0 {clip}")).Trim().ShouldBe("h264,640,360,0.000000");
        var packets = await PacketsAsync(clip);
        packets.Count.ShouldBeInRange(100, 115, "4 s to the fragment that holds 8.1 s, at 25 frames a second");
        (await PacketsAsync(source)).Skip(100).Take(packets.Count).ShouldBe(packets, "the packets are those of the stream, not encoded anew");
        (await Ffmpeg.RunAsync($"-i {clip} -f null -")).ShouldBeEmpty("it decodes without a complaint");
    }

    [Fact]
    public async Task A_clip_never_mixes_two_connections()
    {
        var (first, _) = await RecordAsync(4);
        var (second, _) = await RecordAsync(4);
        var (ring, time) = RingOf(first);
        Add(ring, time, second);
        var cut = ring.Cut(Begin, time.GetUtcNow());
        cut.ShouldAllBe(f => f.Epoch == second[0].Epoch);
        cut.Count.ShouldBe(second.Count);
    }

    [Fact]
    public async Task The_ring_forgets_what_is_older_than_it_keeps()
    {
        var (fragments, _) = await RecordAsync(12);
        var (ring, _) = RingOf(fragments, TimeSpan.FromSeconds(5));
        var cut = ring.Cut(Begin, Begin.AddSeconds(12));
        cut[0].Key.ShouldBeTrue();
        (cut[^1].Arrived - cut[0].Arrived).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_reader_waits_for_the_next_fragment_and_for_no_other()
    {
        var (fragments, _) = await RecordAsync(4);
        var (ring, time) = RingOf(fragments[..^1]);
        var (epoch, next) = (fragments[0].Epoch.Number, fragments[^1].Number);
        (await ring.WaitForAsync(epoch, next + 1, TestContext.Current.CancellationToken)).ShouldBeNull();
        (await ring.WaitForAsync(epoch + 1, 0, TestContext.Current.CancellationToken)).ShouldBeNull();
        var waiting = ring.WaitForAsync(epoch, next, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();
        Add(ring, time, fragments[^1..]);
        (await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).ShouldNotBeNull().Number.ShouldBe(next);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 4, 1, 2, 3, 4 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 109, 100, 97, 116 })]
    public async Task What_is_no_MP4_is_refused_before_it_takes_memory(byte[] bytes) =>
        await Should.ThrowAsync<InvalidDataException>(() => FragmentReader.ReadAsync(new MemoryStream(bytes), TimeProvider.System, _ => { }, TestContext.Current.CancellationToken));

    private static (FragmentRing Ring, FakeTimeProvider Time) RingOf(IEnumerable<Fragment> fragments, TimeSpan? kept = null)
    {
        var time = new FakeTimeProvider(Begin);
        var ring = new FragmentRing(kept ?? TimeSpan.FromMinutes(1), time);
        Add(ring, time, fragments);
        return (ring, time);
    }

    /// <summary>As they come from a camera: each when its last picture was taken.</summary>
    private static void Add(FragmentRing ring, FakeTimeProvider time, IEnumerable<Fragment> fragments)
    {
        foreach (var fragment in fragments)
        {
            time.Advance(fragment.Duration);
            ring.Add(fragment with { Arrived = time.GetUtcNow() });
        }
    }

    private static async Task<List<string>> PacketsAsync(string file) =>
        [.. (await Ffmpeg.RunAsync($"-i {file} -map 0:v:0 -c copy -bsf:v filter_units=remove_types=6 -f framehash -hash md5 -")).Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(',')[^1].Trim())];

    private Task<(List<Fragment> Fragments, string File)> RecordAsync(int seconds) => Recorded.AsAsync(temporary, seconds);
}
