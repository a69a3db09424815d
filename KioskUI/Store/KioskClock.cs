namespace BrightKitchen.KioskUI.Link;

/// <summary>
/// The server's time as far as it is known: tokens are signed and entries dated by it, so that a machine with a wrong clock gets in and
/// dates nothing wrongly.
/// </summary>
internal sealed class KioskClock(TimeProvider time)
{
    private static readonly TimeSpan Noise = TimeSpan.FromSeconds(2);
    private long aheadTicks;

    public DateTimeOffset Now => time.GetUtcNow() - TimeSpan.FromTicks(Interlocked.Read(ref aheadTicks));

    /// <summary>What the server's answer was dated; whole seconds, so that a second or two mean nothing.</summary>
    public void Compare(DateTimeOffset? told)
    {
        if (told is not { } at)
            return;
        var ahead = time.GetUtcNow() - at;
        Interlocked.Exchange(ref aheadTicks, ahead.Duration() > Noise ? ahead.Ticks : 0);
    }
}
