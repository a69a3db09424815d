using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

public sealed class StreamClockTests
{
    private const uint Timescale = 1000;
    private static readonly Epoch Epoch = new(1, [], "avc1.64001f", Timescale);
    private readonly FakeTimeProvider time = new(new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero));

    [Fact]
    public void What_was_missed_during_a_stall_is_believed_also_behind_fragments_that_were_buffered()
    {
        var clock = new StreamClock(time);
        Believes(clock, start: 0, after: 500).ShouldBeTrue();
        // Seven seconds of nothing; then what the camera had buffered, and behind it the hole where it dropped the rest.
        Believes(clock, start: 500, after: 7000).ShouldBeTrue();
        Believes(clock, start: 1000, after: 5).ShouldBeTrue();
        Believes(clock, start: 7400, after: 5).ShouldBeTrue("the time of the stall went by");
    }

    [Fact]
    public void The_time_of_a_stall_is_spent_once()
    {
        var clock = new StreamClock(time);
        Believes(clock, start: 0, after: 500).ShouldBeTrue();
        Believes(clock, start: 30_000, after: 30_000).ShouldBeTrue();
        Believes(clock, start: 60_000, after: 500).ShouldBeFalse();
    }

    [Fact]
    public void Hours_that_did_not_go_by_are_not_believed_after_a_day_of_picture()
    {
        var clock = new StreamClock(time);
        ulong at = 0;
        for (; at < 24 * 3600 * 1000; at += 60_000)
            Believes(clock, at, after: 60_000, length: 60_000).ShouldBeTrue();
        Believes(clock, at + (5 * 3600 * 1000), after: 500).ShouldBeFalse();
    }

    private bool Believes(StreamClock clock, ulong start, int after, ulong length = 500)
    {
        time.Advance(TimeSpan.FromMilliseconds(after));
        return clock.Believes(new(Epoch, 0, [], Key: true, start, length, time.GetUtcNow()));
    }
}
