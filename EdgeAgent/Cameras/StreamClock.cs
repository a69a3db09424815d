using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// Checks one connection's timestamps against a monotonic clock: fragments cannot last longer than the time in which they arrived. The
/// timeline, clips and exports add up these durations, so that a camera that sets its clock by hours must not stretch them.
/// </summary>
internal sealed class StreamClock(TimeProvider time)
{
    // Seconds: what a camera sends ahead after connecting, and what the network buffers.
    private const double Slack = 5;

    // Seconds. What was missed during a stall may arrive after several buffered fragments: the time of a stall is credited once and stays
    // available until it is used.
    private const double MostCredit = 60;
    private double credit;
    private long at = time.GetTimestamp();
    private Fragment? last;

    /// <summary>Whether the fragment's start and duration are plausible; if so, it becomes the reference for the next one.</summary>
    public bool Believes(Fragment fragment)
    {
        // Doubles, which no timestamp overflows.
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
