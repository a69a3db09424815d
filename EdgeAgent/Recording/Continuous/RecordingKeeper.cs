namespace BrightKitchen.EdgeAgent.Recording.Continuous;

/// <summary>Deletes recordings by age, by size and for free space, oldest first, and says what it dropped before its time.</summary>
internal sealed partial class RecordingKeeper(RecordingOptions options, Recordings recordings, BoxHealth health, BoxClock clock, ILogger<RecordingKeeper> logger) : BackgroundService
{
    private const double Gigabyte = 1e9;
    private const int AtOnce = 64;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(20);

    /// <summary>What goes, oldest first: what is too old, then what is too much. Nothing else is asked.</summary>
    /// <param name="free">Free on the disk, bytes.</param>
    public static IReadOnlyList<Segment> Surplus(IReadOnlyList<Segment> oldest, RecordingOptions options, DateTimeOffset now, long bytes, long free)
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Enabled)
            return;
        Directory.CreateDirectory(recordings.Root);
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
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Keep()
    {
        var now = clock.ToldNow();
        while (true)
        {
            var disk = new DriveInfo(recordings.Root);
            health.DiskFree = disk.AvailableFreeSpace;
            health.DiskSize = disk.TotalSize;
            var gone = Surplus(recordings.Oldest(AtOnce), options, now, recordings.Bytes, disk.AvailableFreeSpace);
            foreach (var segment in gone)
            {
                recordings.Delete(segment);
                if (now - segment.To <= TimeSpan.FromDays(options.Days))
                    Dropped(segment.Camera.Value, segment.From, segment.To, segment.Bytes);
            }

            if (gone.Count < AtOnce)
                return;
        }
    }

    [LoggerMessage(LogLevel.Warning, "For want of space the recording of camera {Camera} from {From} to {To} was dropped ({Bytes} bytes); a larger disk or fewer days keep it")]
    private partial void Dropped(string camera, DateTimeOffset from, DateTimeOffset to, long bytes);

    [LoggerMessage(LogLevel.Error, "Old recordings cannot be deleted: {Reason}")]
    private partial void NotDeleted(string reason);
}
