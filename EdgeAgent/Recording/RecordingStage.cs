using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Writes every camera's copied stream to disk, at most a second behind. A disk that rejects writes affects only the recording, which is
/// retried. A camera's recording must not hold more bytes than its stream delivered: a recording that would is stopped, reported and
/// resumed later with new fragments.
/// </summary>
internal sealed partial class RecordingStage(
    RecordingOptions options,
    Recordings recordings,
    CameraSet cameras,
    EdgeMetrics metrics,
    AgentHealth health,
    AgentClock clock,
    ILogger<RecordingStage> logger
) : BackgroundService
{
    /// <summary>How long a camera's recording is paused after it would have held more than its stream delivered.</summary>
    public static readonly TimeSpan SurplusPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private readonly Dictionary<CameraId, (FragmentRing Ring, CancellationTokenSource Stop, Task Run)> running = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<CameraId, SegmentWriter> writers = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Enabled)
            return;
        await LoadAsync(stoppingToken);
        using var timer = new PeriodicTimer(Tick, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await FollowCamerasAsync(stoppingToken);
                foreach (var (camera, writer) in writers)
                    Guarded(camera, writer.Sync);
            }
        }
        finally
        {
            foreach (var (_, stop, run) in running.Values)
            {
                await stop.CancelAsync();
                await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stop.Dispose();
            }
        }
    }

    private async Task LoadAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await Task.Run(recordings.Load, stop);
                health.RecordingWorks(CameraId.Box);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fault(CameraId.Box, e.Message);
            }

            await Task.Delay(Retry, clock, stop);
        }
    }

    private async Task FollowCamerasAsync(CancellationToken stop)
    {
        var places = cameras.Slots;
        foreach (var (camera, follower) in running.Where(r => places.GetValueOrDefault(r.Key)?.Ring != r.Value.Ring).ToList())
        {
            running.Remove(camera);
            await follower.Stop.CancelAsync();
            await follower.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            follower.Stop.Dispose();
            health.RecordingWorks(camera);
        }

        foreach (var (camera, place) in places.Where(p => !running.ContainsKey(p.Key)))
        {
            var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
            // A task per camera, so that a blocked write for one camera does not delay the others.
            running[camera] = (place.Ring, own, Task.Run(() => KeepAsync(camera, place.Ring, own.Token), CancellationToken.None));
        }
    }

    // Retries after any error: from the fragment that the disk rejected, or after a fragment that cannot be recorded.
    private async Task KeepAsync(CameraId camera, FragmentRing ring, CancellationToken stop)
    {
        var balance = metrics.BalanceOf(camera);
        long? last = null;
        while (true)
        {
            var pause = Retry;
            var taken = last;
            try
            {
                await foreach (var fragment in ring.FollowAsync(last, stop))
                {
                    taken = fragment.Number;
                    if (!balance.Allows(fragment.Bytes.Length))
                    {
                        pause = SurplusPause;
                        break;
                    }

                    Take(camera, fragment);
                    balance.Taken(fragment.Bytes.Length);
                    last = fragment.Number;
                }
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                Fault(camera, e.Message);
                last = e is IOException or UnauthorizedAccessException ? last : taken;
            }
            finally
            {
                Guarded(camera, () => End(camera));
            }

            if (pause == SurplusPause)
                Surplus(camera);
            await Task.Delay(pause, clock, stop);
            if (pause == SurplusPause)
                last = ring.Newest?.Number;
        }
    }

    private void Surplus(CameraId camera)
    {
        metrics.RecordingSurplus(camera);
        metrics.BalanceOf(camera).Settle();
        RecordingHeldTooMuch(camera);
        health.RecordingFailed(
            camera,
            $"The recording of camera '{camera}' would have contained more than the camera sent and is stopped for one minute. "
                + "Report this to the software vendor together with the log."
        );
    }

    private void Take(CameraId camera, Fragment fragment)
    {
        // Whole milliseconds, the resolution of the file format.
        var from = DateTimeOffset.FromUnixTimeMilliseconds(clock.Told(fragment.Begins).ToUnixTimeMilliseconds());
        var writer = writers.GetValueOrDefault(camera);
        // A clock change starts a new segment too; otherwise one file would contain two timelines.
        if (
            writer is not null
            && (!writer.Takes(fragment) || (fragment.Key && from - writer.From is var age && (age > Longest || age < TimeSpan.Zero)))
        )
        {
            End(camera);
            writer = null;
        }

        if (writer is null)
        {
            if (!fragment.Key)
                return;
            writers[camera] = writer = new(recordings.Root, camera, fragment, from);
            recordings.Opened(camera, writer);
        }

        writer.Append(fragment, from);
        metrics.Recorded(camera, fragment.Bytes.Length);
        if (health.RecordingWorks(camera))
            RecordingGoesOn(camera);
    }

    private void End(CameraId camera)
    {
        if (!writers.TryRemove(camera, out var writer))
            return;
        Guarded(camera, writer.Sync);
        writer.Dispose();
        recordings.Finished(camera, writer.Segment);
    }

    private void Guarded(CameraId camera, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fault(camera, e.Message);
        }
    }

    private void Fault(CameraId camera, string why)
    {
        if (health.RecordingFailed(camera, why))
            RecordingRefused(camera, why);
    }

    [LoggerMessage(LogLevel.Error, "Camera {Camera} cannot be recorded; recording is retried: {Reason}")]
    private partial void RecordingRefused(CameraId camera, string reason);

    [LoggerMessage(LogLevel.Critical, "The recording of camera {Camera} would contain more than the camera sent; it stops for a minute")]
    private partial void RecordingHeldTooMuch(CameraId camera);

    [LoggerMessage(LogLevel.Information, "Camera {Camera} is recorded again")]
    private partial void RecordingGoesOn(CameraId camera);
}
