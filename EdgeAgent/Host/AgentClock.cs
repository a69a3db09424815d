namespace BrightKitchen.EdgeAgent.Host;

/// <summary>
/// The edge agent's clock: monotonic for measuring, wall time for display. As a <see cref="TimeProvider"/> it starts at the machine's time
/// and then never jumps, so that dwell times, clips and quiet times survive a system clock that is set by hours; <see cref="Told"/>
/// converts its times to wall time. Thread-safe.
/// </summary>
internal sealed class AgentClock(TimeProvider system) : TimeProvider
{
    private readonly DateTimeOffset started = system.GetUtcNow();
    private readonly long stamp = system.GetTimestamp();
    private long serverAheadTicks = long.MinValue;
    private volatile bool byServer;

    /// <summary>
    /// Whether wall time follows the server's clock instead of the machine's; before the first comparison with the server it is the
    /// machine's in either case.
    /// </summary>
    public bool ByServer
    {
        get => byServer;
        set => byServer = value;
    }

    /// <summary>How far the machine's clock is ahead of the server's at present; null before the first comparison.</summary>
    public TimeSpan? Ahead => ServerAhead is { } server ? MachineAhead - server : null;

    public override long TimestampFrequency => system.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => system.LocalTimeZone;

    private TimeSpan? ServerAhead =>
        Interlocked.Read(ref serverAheadTicks) is var ticks && ticks == long.MinValue ? null : TimeSpan.FromTicks(ticks);

    private TimeSpan MachineAhead => system.GetUtcNow() - GetUtcNow();

    public override DateTimeOffset GetUtcNow() => started + system.GetElapsedTime(stamp);

    public override long GetTimestamp() => system.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        system.CreateTimer(callback, state, dueTime, period);

    /// <summary>Converts a time of this clock to wall time, by the reference clock that is selected at present.</summary>
    public DateTimeOffset Told(DateTimeOffset steady) => steady + (byServer ? ServerAhead ?? MachineAhead : MachineAhead);

    /// <summary>Current wall time.</summary>
    public DateTimeOffset ToldNow() => Told(GetUtcNow());

    /// <summary>
    /// Current time by the server's clock where it is known, otherwise by the machine's. Signatures for the server carry this time;
    /// otherwise the server would reject an edge agent with a wrong clock for good.
    /// </summary>
    public DateTimeOffset ServersNow() => GetUtcNow() + (ServerAhead ?? MachineAhead);

    /// <summary>Records a reading of the server's clock.</summary>
    /// <param name="steady">When the reading was taken, by this clock.</param>
    public void Compare(DateTimeOffset server, DateTimeOffset steady) =>
        Interlocked.Exchange(ref serverAheadTicks, (server - steady).Ticks);
}
