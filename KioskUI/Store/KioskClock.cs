namespace BrightKitchen.KioskUI.Store;

/// <summary>
/// An estimate of the server's time. Tokens and entries use it, so that a device with a wrong clock can authenticate and does not misdate
/// entries.
/// </summary>
internal sealed class KioskClock(TimeProvider time)
{
    private static readonly TimeSpan Noise = TimeSpan.FromSeconds(2);
    private long aheadTicks;

    public DateTimeOffset Now => time.GetUtcNow() - TimeSpan.FromTicks(Interlocked.Read(ref aheadTicks));

    /// <summary>Compares the clock with the Date of a response; it has whole seconds, so a difference of up to 2 s is ignored.</summary>
    public void Compare(DateTimeOffset? serverTime)
    {
        if (serverTime is not { } at)
            return;
        var ahead = time.GetUtcNow() - at;
        Interlocked.Exchange(ref aheadTicks, ahead.Duration() > Noise ? ahead.Ticks : 0);
    }
}
