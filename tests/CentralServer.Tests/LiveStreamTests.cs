using BrightKitchen.CentralServer.Live;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The newest fragments as a low-latency HLS playlist.</summary>
[AnyDatabase("live pictures, which lie in memory")]
public sealed class LiveStreamTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.FromUnixTimeSeconds(1_795_000_000);
    private static readonly DateTimeOffset Year = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The number of the first segment: counted from the clock.</summary>
    private static readonly long First = (long)((Noon - Year).TotalSeconds * 4) + 1;
    private static readonly TimeSpan Half = TimeSpan.FromMilliseconds(500);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fragments_are_parts_and_what_lies_between_key_frames_is_a_segment()
    {
        var stream = Begun();
        for (var i = 0; i < 7; i++)
            stream.Add(1, i, key: i % 3 == 0, Half, [(byte)i]).ShouldBeTrue();
        (await stream.PlaylistAsync(null, null, "", Cancel)).ShouldBe(
            """
            #EXTM3U
            #EXT-X-VERSION:9
            #EXT-X-TARGETDURATION:6
            #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.650
            #EXT-X-PART-INF:PART-TARGET=0.550
            #EXT-X-MEDIA-SEQUENCE:FIRST
            #EXT-X-DISCONTINUITY-SEQUENCE:BROKEN
            #EXT-X-MAP:URI="1"
            #EXT-X-PART:DURATION=0.500,URI="1/0",INDEPENDENT=YES
            #EXT-X-PART:DURATION=0.500,URI="1/1"
            #EXT-X-PART:DURATION=0.500,URI="1/2"
            #EXTINF:1.500,
            1/0-2
            #EXT-X-PART:DURATION=0.500,URI="1/3",INDEPENDENT=YES
            #EXT-X-PART:DURATION=0.500,URI="1/4"
            #EXT-X-PART:DURATION=0.500,URI="1/5"
            #EXTINF:1.500,
            1/3-5
            #EXT-X-PART:DURATION=0.500,URI="1/6",INDEPENDENT=YES
            #EXT-X-PRELOAD-HINT:TYPE=PART,URI="1/7"

            """.Replace("FIRST", $"{First}", StringComparison.Ordinal).Replace(
                "BROKEN",
                $"{(long)(Noon - Year).TotalSeconds}",
                StringComparison.Ordinal
            )
        );
        stream.Segment(1, 3, 5).ShouldNotBeNull().SelectMany(p => p).ShouldBe([3, 4, 5]);
        stream.Segment(1, 5, 7).ShouldBeNull("its end has not come");
    }

    [Fact]
    public async Task A_reload_waits_for_the_part_it_asks_for_and_is_refused_too_far_ahead()
    {
        var stream = Begun();
        stream.Add(1, 0, true, Half, [0]);
        var first = First;
        var next = stream.PlaylistAsync(first, 1, "", Cancel);
        var whole = stream.PlaylistAsync(first, null, "", Cancel);
        next.IsCompleted.ShouldBeFalse();
        stream.Add(1, 1, false, Half, [1]);
        (await next.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).ShouldNotBeNull().ShouldContain("1/1");
        whole.IsCompleted.ShouldBeFalse();
        stream.Add(1, 2, true, Half, [2]);
        (await whole.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).ShouldNotBeNull().ShouldContain("1/0-1");
        // The segment became shorter than the player thought: what came after answers.
        (await stream.PlaylistAsync(first, 5, "", Cancel)).ShouldNotBeNull();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => stream.PlaylistAsync(first + 50, 0, "", Cancel));
    }

    [Fact]
    public async Task The_first_playlist_waits_for_a_whole_segment()
    {
        var stream = Begun();
        var playlist = stream.FirstPlaylistAsync("", Cancel);
        stream.Add(1, 0, true, Half, [0]);
        stream.Add(1, 1, false, Half, [1]);
        (await stream.PlaylistAsync(null, null, "", Cancel)).ShouldNotBeNull("there is something to play already");
        playlist.IsCompleted.ShouldBeFalse();
        stream.Add(1, 2, true, Half, [2]);
        (await playlist.WaitAsync(TimeSpan.FromSeconds(10), Cancel)).ShouldNotBeNull().ShouldContain("#EXTINF:1.000,\n1/0-1\n");
    }

    [Fact]
    public async Task A_new_connection_of_the_camera_is_a_discontinuity_and_numbers_go_on()
    {
        var stream = Begun();
        stream.Add(1, 0, true, Half, [0]);
        stream.Add(1, 1, false, Half, [1]);
        stream.Begin(2, "avc1.4d401f", [9]);
        stream.Add(1, 2, false, Half, [2]).ShouldBeFalse("of a connection that has ended");
        stream.Add(2, 0, false, Half, [0]).ShouldBeTrue();
        stream.Add(2, 1, true, Half, [1]);
        var text = (await stream.PlaylistAsync(null, null, "", Cancel)).ShouldNotBeNull();
        text.ShouldContain("1/0-1\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"2\"\n#EXT-X-PART:DURATION=0.500,URI=\"2/1\",INDEPENDENT=YES");
        stream.Init(1).ShouldBe([7], "who is still at the old one gets its end");
        stream.Window.ShouldNotBeNull().Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task Memory_is_bounded_by_time_and_old_segments_go_whole()
    {
        var stream = Begun();
        for (var i = 0; i < 1000; i++)
            stream.Add(1, i, key: i % 4 == 0, Half, [0]);
        var lines = (await stream.PlaylistAsync(null, null, "", Cancel)).ShouldNotBeNull().Split('\n');
        lines.Count(l => l.StartsWith("#EXTINF", StringComparison.Ordinal)).ShouldBeInRange(8, 11);
        lines.ShouldContain("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"1/1000\"");
        stream.Segment(1, 0, 3).ShouldBeNull();
        (await stream.WaitForAsync(1, 3, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Memory_is_bounded_too_where_no_key_frame_comes_any_more_or_fragments_are_huge()
    {
        var stream = Begun();
        for (var i = 0; i < 3000; i++)
            stream.Add(1, i, key: i == 0, Half, [0]);
        (await stream.WaitForAsync(1, 2999 - 1200, Cancel)).ShouldBeNull();
        (await stream.WaitForAsync(1, 2999, Cancel)).ShouldNotBeNull("who plays already goes on");
        stream.Window.ShouldBeNull("nobody can begin here");
        (await stream.PlaylistAsync(null, null, "", Cancel)).ShouldBeNull();
        for (var i = 3000; i < 3020; i++)
            stream.Add(1, i, key: true, Half, new byte[8 << 20]);
        (await stream.WaitForAsync(1, 3011, Cancel)).ShouldBeNull("eight of 8 MiB are kept");
        (await stream.PlaylistAsync(null, null, "", Cancel)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_stream_that_comes_back_has_the_targets_that_it_had()
    {
        var before = Begun();
        for (var i = 0; i < 5; i++)
            before.Add(1, i, key: i == 0, Half, [0]);
        var again = new LiveStream(Noon.AddMinutes(1), before.PartTarget);
        again.Begin(1, "avc1.64001f", [7]);
        again.Add(1, 100, key: true, TimeSpan.FromMilliseconds(900), [0]);
        (await again.PlaylistAsync(null, null, "", Cancel)).ShouldNotBeNull().ShouldContain("PART-TARGET=0.550");
    }

    private static LiveStream Begun()
    {
        var stream = new LiveStream(Noon);
        stream.Begin(1, "avc1.64001f", [7]);
        return stream;
    }
}
