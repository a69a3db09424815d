using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// Holds one connection's timestamps to a clock that never jumps: fragments cannot last longer than the time in which they came.
/// The timeline, clips and exports are made of these lengths, so that a camera that sets its clock by hours must not lengthen one.
/// </summary>
internal sealed class StreamClock(TimeProvider time)
{
    // Seconds: what a camera sends ahead when it is connected, and what a line holds back.
    private const double Slack = 5;

    // What was missed during a stall may come after several fragments that were buffered: the time of a stall is spent once, not lost.
    private const double MostCredit = 60;
    private double credit;
    private long at = time.GetTimestamp();
    private Fragment? last;

    /// <summary>Whether the fragment's time and length are possible; it is then the last one.</summary>
    public bool Believes(Fragment fragment)
    {
        // In doubles, which no timestamp overflows.
        var (start, length, scale) = ((double)fragment.Start, (double)fragment.Length, (double)fragment.Epoch.Timescale);
        var gap = last is null ? 0 : Math.Max(0, start - last.Start - last.Length);
        var (now, used) = (time.GetTimestamp(), (gap + length) / scale);
        credit = Math.Min(credit + time.GetElapsedTime(at, now).TotalSeconds, MostCredit);
        at = now;
        if (used > credit + Slack)
            return false;
        credit = Math.Max(0, credit - used);
        last = fragment;
        return true;
    }
}
