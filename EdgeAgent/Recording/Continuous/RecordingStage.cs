using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;

namespace BrightKitchen.EdgeAgent.Recording.Continuous;

/// <summary>Writes every camera's copied stream to disk, at most a second behind. A disk that refuses costs the recording and nothing else: it is tried again.</summary>
internal sealed partial class RecordingStage(RecordingOptions options, Recordings recordings, CameraSet cameras, BoxHealth health, BoxClock clock, ILogger<RecordingStage> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500), Longest = TimeSpan.FromMinutes(5), Retry = TimeSpan.FromSeconds(5);
    private readonly Dictionary<CameraId, (FragmentRing Ring, CancellationTokenSource Stop, Task Run)> running = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<CameraId, SegmentWriter> writers = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Enabled)
            return;
        await Task.Run(recordings.Load, stoppingToken);
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

    private async Task FollowCamerasAsync(CancellationToken stop)
    {
        var places = cameras.Places;
        foreach (var (camera, follower) in running.Where(r => places.GetValueOrDefault(r.Key)?.Ring != r.Value.Ring).ToList())
        {
            running.Remove(camera);
            await follower.Stop.CancelAsync();
            await follower.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            follower.Stop.Dispose();
        }

        foreach (var (camera, place) in places.Where(p => !running.ContainsKey(p.Key)))
        {
            var own = CancellationTokenSource.CreateLinkedTokenSource(stop);
            running[camera] = (place.Ring, own, KeepAsync(camera, place.Ring, own.Token));
        }
    }

    private async Task KeepAsync(CameraId camera, FragmentRing ring, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await foreach (var fragment in ring.FollowAsync(stop))
                    Take(camera, fragment);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fault(camera, e.Message);
            }
            finally
            {
                End(camera);
            }

            await Task.Delay(Retry, clock, stop);
        }
    }

    private void Take(CameraId camera, Fragment fragment)
    {
        var from = clock.Told(fragment.Begins);
        var writer = writers.GetValueOrDefault(camera);
        // A clock that was set begins a segment too, or one file would hold two times.
        if (writer is not null && (!writer.Takes(fragment) || (fragment.Key && from - writer.From is var age && (age > Longest || age < TimeSpan.Zero))))
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
        if (health.RecordingFault is not null)
            RecordingGoesOn(camera);
        health.RecordingFault = null;
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
        catch (IOException e)
        {
            Fault(camera, e.Message);
        }
    }

    private void Fault(CameraId camera, string why)
    {
        if (health.RecordingFault is null)
            RecordingRefused(camera, why);
        health.RecordingFault = why;
    }

    [LoggerMessage(LogLevel.Error, "Camera {Camera} cannot be recorded and is tried again: {Reason}")]
    private partial void RecordingRefused(CameraId camera, string reason);

    [LoggerMessage(LogLevel.Information, "Camera {Camera} is recorded again")]
    private partial void RecordingGoesOn(CameraId camera);
}
