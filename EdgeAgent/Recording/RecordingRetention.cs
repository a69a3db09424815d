using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Deletes recordings by age, by size and for free space, oldest first, and says what it dropped before its time.</summary>
internal sealed partial class RecordingRetention(
    RecordingOptions options,
    Recordings recordings,
    EvidenceStore evidence,
    AgentHealth health,
    AgentClock clock,
    ILogger<RecordingRetention> logger
) : BackgroundService
{
    private const double Gigabyte = 1e9;
    private const int AtOnce = 64;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    // A clock that is set ahead by more than this makes everything look old: what is deleted for its age waits for somebody to set it
    // right.
    private static readonly TimeSpan Jump = TimeSpan.FromDays(1);
    private static readonly TimeSpan BelievedAfter = TimeSpan.FromDays(1);
    private (DateTimeOffset At, long Stamp)? believed;
    private long? doubtedSince;

    /// <summary>What goes, oldest first: what is too old, then what is too much. Nothing else is asked.</summary>
    /// <param name="free">Free on the disk, bytes.</param>
    public static IReadOnlyList<Segment> Surplus(
        IReadOnlyList<Segment> oldest,
        RecordingOptions options,
        DateTimeOffset now,
        long bytes,
        long free
    )
    {
        var gone = new List<Segment>();
        foreach (var segment in oldest.OrderBy(s => s.To))
        {
            var old = now - segment.To > TimeSpan.FromDays(options.Days);
            var much = bytes > (options.MostGigabytes ?? double.PositiveInfinity) * Gigabyte;
            if (!old && !much && free >= options.KeepFreeGigabytes * Gigabyte)
                break;
            gone.Add(segment);
            (bytes, free) = (bytes - segment.Bytes, free + segment.Bytes);
        }

        return gone;
    }

    /// <summary>For how many days the disk has room at the rate of what is recorded now; null until an hour of it is there.</summary>
    public static double? DaysPossible(TimeSpan recorded, long bytes, long free, RecordingOptions options)
    {
        if (recorded < TimeSpan.FromHours(1) || bytes == 0)
            return null;
        var room = Math.Min(
            bytes + free - (options.KeepFreeGigabytes * Gigabyte),
            (options.MostGigabytes ?? double.PositiveInfinity) * Gigabyte
        );
        return Math.Max(0, room) / (bytes / recorded.TotalDays);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Enabled)
            return;
        using var timer = new PeriodicTimer(Tick, clock);
        do
        {
            try
            {
                Keep();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                NotDeleted(e.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Keep()
    {
        var now = AgeNow(clock.ToldNow());
        Directory.CreateDirectory(recordings.Root);
        while (true)
        {
            var disk = new DriveInfo(recordings.Root);
            health.DiskFree = disk.AvailableFreeSpace;
            health.DiskSize = disk.TotalSize;
            // Recordings that are not indexed yet look like none, and evidence would go before them.
            if (!recordings.Loaded.IsCompleted)
                return;
            var gone = Surplus(recordings.Oldest(AtOnce), options, now, recordings.Bytes, disk.AvailableFreeSpace);
            var deleted = 0;
            foreach (var segment in gone)
            {
                try
                {
                    recordings.Delete(segment);
                    deleted++;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // One that cannot be deleted keeps no other.
                    NotDeleted(segment.Path, e.Message);
                    continue;
                }

                if (now - segment.To <= TimeSpan.FromDays(options.Days))
                    Dropped(segment.Camera.Value, segment.From, segment.To, segment.Bytes);
            }

            if (gone.Count == AtOnce && deleted > 0)
                continue;
            var (span, bytes) = (recordings.Span, recordings.Bytes);
            health.StorageNote =
                DaysPossible(span, bytes, disk.AvailableFreeSpace, options) is { } days && days < options.Days
                    ? string.Create(
                        System.Globalization.CultureInfo.InvariantCulture,
                        $"At today's rate the disk holds {days:0.#} days "
                            + $"of recordings, and {options.Days} are wanted: use a larger disk, fewer days or smaller streams."
                    )
                    : null;
            // Recordings went first; then what the server has. The space of what has just gone may not be free yet.
            var noneLeft = gone.Count == 0 && recordings.Oldest(1).Count == 0;
            var tooFull = disk.AvailableFreeSpace < options.KeepFreeGigabytes * Gigabyte;
            if (noneLeft && tooFull && evidence.Prune(now - TimeSpan.FromHours(1)) is > 0 and var pruned)
                EvidenceDropped(pruned);
            return;
        }
    }

    /// <summary>The time by which ages are judged: the clock's, but for a day where it jumps ahead.</summary>
    internal DateTimeOffset AgeNow(DateTimeOffset now)
    {
        // Before anything was recorded nothing is old, and what is there tells how late it was at least.
        if (believed is null && !recordings.Loaded.IsCompleted)
            return DateTimeOffset.MinValue;
        var (at, stamp) = believed ?? (recordings.Newest ?? now, clock.GetTimestamp());
        var expected = at + clock.GetElapsedTime(stamp);
        if (now <= expected + Jump)
            doubtedSince = null;
        else if (clock.GetElapsedTime(doubtedSince ??= DoubtFrom(now, expected)) < BelievedAfter)
        {
            believed = (expected, clock.GetTimestamp());
            return expected;
        }

        believed = (now, clock.GetTimestamp());
        doubtedSince = null;
        return now;
    }

    private long DoubtFrom(DateTimeOffset now, DateTimeOffset expected)
    {
        ClockDoubted(now, expected);
        return clock.GetTimestamp();
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The clock says {Now} where about {Expected} is expected; no recording is deleted for its age by it for a day. Check the clock"
    )]
    private partial void ClockDoubted(DateTimeOffset now, DateTimeOffset expected);

    [LoggerMessage(
        LogLevel.Warning,
        "For want of space the recording of camera {Camera} from {From} to {To} was dropped ({Bytes} "
            + "bytes); a larger disk or fewer days keep it"
    )]
    private partial void Dropped(string camera, DateTimeOffset from, DateTimeOffset to, long bytes);

    [LoggerMessage(LogLevel.Error, "The recording {Path} cannot be deleted: {Reason}")]
    private partial void NotDeleted(string path, string reason);

    [LoggerMessage(LogLevel.Warning, "For want of space {Count} delivered findings were dropped before their time")]
    private partial void EvidenceDropped(int count);

    [LoggerMessage(LogLevel.Error, "Old recordings cannot be deleted: {Reason}")]
    private partial void NotDeleted(string reason);
}
