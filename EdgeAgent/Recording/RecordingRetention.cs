using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Deletes recordings by age, by total size and for free space, oldest first, and logs what it deletes before its retention ends.
/// </summary>
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

    // A clock that is set ahead by more than this makes every recording look expired: deletion by age then waits BelievedAfter for the
    // clock to be corrected.
    private static readonly TimeSpan Jump = TimeSpan.FromDays(1);
    private static readonly TimeSpan BelievedAfter = TimeSpan.FromDays(1);
    private (DateTimeOffset At, long Stamp)? believed;
    private long? doubtedSince;

    /// <summary>
    /// The segments to delete, oldest first: expired ones, then as many as the size limit and the free space require. A pure function.
    /// </summary>
    /// <param name="bytes">Total size of the recordings.</param>
    /// <param name="free">Free bytes on the disk.</param>
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

    /// <summary>How many days of recordings the disk can hold at the present rate; null until one hour is recorded.</summary>
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
            // Recordings that are not loaded yet look like none, and evidence would be deleted before them.
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
                    // One file that cannot be deleted must not keep the others.
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
                        $"At the current rate the disk holds {days:0.#} days of recordings, "
                            + $"but {options.Days} are configured: use a larger disk, fewer days or smaller streams."
                    )
                    : null;
            // Recordings are deleted first, then evidence that the server has. Space freed in this run may not be available yet.
            var noneLeft = gone.Count == 0 && recordings.Oldest(1).Count == 0;
            var tooFull = disk.AvailableFreeSpace < options.KeepFreeGigabytes * Gigabyte;
            if (noneLeft && tooFull && evidence.Prune(now - TimeSpan.FromHours(1)) is > 0 and var pruned)
                EvidenceDropped(pruned);
            return;
        }
    }

    /// <summary>
    /// The reference time for ages: wall time, except for one day after it jumps ahead, in which the expected time applies.
    /// </summary>
    internal DateTimeOffset AgeNow(DateTimeOffset now)
    {
        // Until the recordings are loaded nothing is expired; the newest recording gives a lower bound of the last valid time.
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
        "The clock shows {Now}, about {Expected} is expected; no recording is deleted because of its age for one day. Check the clock"
    )]
    private partial void ClockDoubted(DateTimeOffset now, DateTimeOffset expected);

    [LoggerMessage(
        LogLevel.Warning,
        "The recording of camera {Camera} from {From} to {To} was deleted early because the disk is full ({Bytes} "
            + "bytes); use a larger disk or configure fewer days"
    )]
    private partial void Dropped(string camera, DateTimeOffset from, DateTimeOffset to, long bytes);

    [LoggerMessage(LogLevel.Error, "The recording {Path} cannot be deleted: {Reason}")]
    private partial void NotDeleted(string path, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} delivered findings were deleted early because the disk is full")]
    private partial void EvidenceDropped(int count);

    [LoggerMessage(LogLevel.Error, "Old recordings cannot be deleted: {Reason}")]
    private partial void NotDeleted(string reason);
}
