using BrightKitchen.EdgeAgent.Media;
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
        (await Ffmpeg.ProbeAsync($"-show_entries stream=codec_name,width,height,start_time -of csv=p=0 {clip}"))
            .Trim()
            .ShouldBe("h264,640,360,0.000000");
        var packets = await PacketsAsync(clip);
        packets.Count.ShouldBeInRange(100, 115, "4 s to the fragment that holds 8.1 s, at 25 frames a second");
        (await PacketsAsync(source))
            .Skip(100)
            .Take(packets.Count)
            .ShouldBe(packets, "the packets are those of the stream, not encoded anew");
        (await Ffmpeg.RunAsync($"-i {clip} -f null -")).ShouldBeEmpty("it decodes without a complaint");
    }

    [Fact]
    public async Task A_clip_spans_connections_with_the_time_between_them()
    {
        var (first, _) = await RecordAsync(4);
        var (second, _) = await RecordAsync(4);
        var (ring, time) = RingOf(first);
        time.Advance(TimeSpan.FromSeconds(3));
        // Where the camera's first picture of a connection is no key frame, nothing can show it.
        Add(ring, time, [second[1], .. second[2..]]);
        var cut = Clip.Extend([], ring.Cut(Begin.AddSeconds(1.2), time.GetUtcNow()), Begin, time.GetUtcNow());
        cut.Count.ShouldBe(first.Count - 2 + second.Count - 2);
        var clip = temporary.File("clip.mp4");
        await File.WriteAllBytesAsync(clip, Clip.Join(cut), TestContext.Current.CancellationToken);
        (await Ffmpeg.DecodeAsync(clip)).ShouldBeEmpty();
        (await PacketsAsync(clip)).Count.ShouldBe(75 + 75);
        var times = await Ffmpeg.TimesAsync(clip);
        times[0].ShouldBe(0);
        // Three seconds without the camera, and the half second without a key frame.
        (times[75] - times[74]).ShouldBe(3.54, 0.02);
    }

    [Fact]
    public async Task A_clip_holds_one_kind_of_picture_and_never_gives_up_what_it_has()
    {
        var (wide, _) = await RecordAsync(4);
        var (tall, _) = await Recorded.AsAsync(temporary, 8, "480x480");
        wide[0].Epoch.Fits(tall[0].Epoch).ShouldBeFalse();
        var (ring, time) = RingOf(wide);
        var opened = Clip.Extend([], ring.Cut(Begin, time.GetUtcNow()), Begin, time.GetUtcNow());
        opened.Select(f => f.Bytes).ShouldBe(wide.Select(f => f.Bytes));
        Add(ring, time, tall);
        Clip.Extend(opened, ring.Cut(Begin, time.GetUtcNow()), Begin, time.GetUtcNow()).ShouldBe(opened);
        // A clip that begins now is of what covers most of it.
        Clip.Extend([], ring.Cut(Begin, time.GetUtcNow()), Begin, time.GetUtcNow()).ShouldAllBe(f => f.Epoch.Fits(tall[0].Epoch));
        // What fits again is part of it again, and what the ring has lost stays.
        Add(ring, time, wide.ConvertAll(f => f with { Epoch = f.Epoch with { Number = 3 } }));
        time.Advance(TimeSpan.FromMinutes(2));
        ring.Add(tall[0] with { Arrived = time.GetUtcNow() });
        Clip.Extend(opened, ring.Cut(Begin, time.GetUtcNow()), Begin, time.GetUtcNow()).ShouldBe(opened);
    }

    [Fact]
    public async Task The_ring_forgets_what_is_older_than_it_keeps()
    {
        var (fragments, _) = await RecordAsync(12);
        var (ring, _) = RingOf(fragments, TimeSpan.FromSeconds(5));
        var cut = ring.Cut(Begin, Begin.AddSeconds(12));
        cut[0].Key.ShouldBeTrue();
        // And what leads from the key frame before to there: a key frame a second.
        (cut[^1].Arrived - cut[0].Arrived).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(6.1));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    public void A_camera_with_rare_key_frames_has_a_clip_at_every_moment(int every)
    {
        var time = new FakeTimeProvider(Begin);
        var ring = new FragmentRing(TimeSpan.FromSeconds(40), time);
        var epoch = new Epoch(1, [], "avc1.64001f", 1000);
        var longest = 0;
        for (var n = 0; n < 2 * 300; n++)
        {
            time.Advance(TimeSpan.FromMilliseconds(500));
            ring.Add(new(epoch, n, new byte[8], n % (every * 2) == 0, (ulong)n * 500, 500, time.GetUtcNow()));
            var cut = ring.Cut(time.GetUtcNow().AddSeconds(-12), time.GetUtcNow());
            cut.ShouldNotBeEmpty($"after {n / 2} s");
            cut[0].Key.ShouldBeTrue();
            if (n > 2 * 12)
                cut[0].Begins.ShouldBeLessThanOrEqualTo(time.GetUtcNow().AddSeconds(-12), "all of it is in the clip");
            longest = Math.Max(longest, ring.Cut(DateTimeOffset.MinValue, time.GetUtcNow()).Count);
        }

        longest.ShouldBeLessThan(2 * (40 + every + 2), "what is older goes");
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
        await Should.ThrowAsync<InvalidDataException>(() =>
            FragmentReader.ReadAsync(new MemoryStream(bytes), TimeProvider.System, _ => { }, TestContext.Current.CancellationToken)
        );

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
        [
            .. (await Ffmpeg.RunAsync($"-i {file} -map 0:v:0 -c copy -bsf:v filter_units=remove_types=6 -f framehash -hash md5 -"))
                .Split('\n')
                .Where(l => l.Length > 0 && l[0] != '#')
                .Select(l => l.Split(',')[^1].Trim()),
        ];

    private Task<(List<Fragment> Fragments, string File)> RecordAsync(int seconds) => Recorded.AsAsync(temporary, seconds);
}
