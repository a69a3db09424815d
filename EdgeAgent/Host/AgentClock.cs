namespace BrightKitchen.EdgeAgent.Host;

/// <summary>
/// The box's time: steady for measuring, right for telling. As a <see cref="TimeProvider"/> it goes on from the time at which the box
/// started and never jumps, so that dwells, clips and quiet times survive a clock that is set by hours; <see cref="Told"/> makes of it what
/// people are told. Thread-safe.
/// </summary>
internal sealed class AgentClock(TimeProvider system) : TimeProvider
{
    private readonly DateTimeOffset started = system.GetUtcNow();
    private readonly long stamp = system.GetTimestamp();
    private long serverAheadTicks = long.MinValue;
    private volatile bool byServer;

    /// <summary>Whether the server's clock is believed rather than the machine's; the machine's is until the server was asked.</summary>
    public bool ByServer
    {
        get => byServer;
        set => byServer = value;
    }

    /// <summary>How much the machine's clock is ahead of the server's now; null while the server was not asked.</summary>
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

    /// <summary>What people are told of a steady time: by the clock that is believed now.</summary>
    public DateTimeOffset Told(DateTimeOffset steady) => steady + (byServer ? ServerAhead ?? MachineAhead : MachineAhead);

    /// <summary>Now, as people are told.</summary>
    public DateTimeOffset ToldNow() => Told(GetUtcNow());

    /// <summary>
    /// Now by the server's clock where it is known; what is signed for the server bears this time, or a box with a wrong clock never gets
    /// in.
    /// </summary>
    public DateTimeOffset ServersNow() => GetUtcNow() + (ServerAhead ?? MachineAhead);

    /// <summary>Takes note of what the server's clock said.</summary>
    /// <param name="steady">When it said so, by this clock.</param>
    public void Compare(DateTimeOffset server, DateTimeOffset steady) =>
        Interlocked.Exchange(ref serverAheadTicks, (server - steady).Ticks);
}
