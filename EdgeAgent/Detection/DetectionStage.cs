using System.ComponentModel.DataAnnotations;
using System.Threading.Channels;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The models and the resources they may use, from the section <c>Detection</c>.</summary>
public sealed class DetectionOptions
{
    /// <summary>Folder of the models and their manifests.</summary>
    public string Models { get; set; } = "models";

    /// <summary>CPU threads per inference, 1–16.</summary>
    [Range(1, 16)]
    public int Threads { get; set; } = 1;

    /// <summary>
    /// Frames analysed in parallel, 0–16, each with its own set of models (about 60 MB); 0 uses one worker per core, at most four.
    /// </summary>
    [Range(0, 16)]
    public int Workers { get; set; }

    internal int WorkersHere => Workers > 0 ? Workers : Math.Clamp(Environment.ProcessorCount, 1, 4);
}

/// <summary>
/// Frame to observation: each worker takes the camera that has waited longest, so that a busy camera cannot starve a quiet one.
/// </summary>
internal sealed class DetectionStage(
    CameraSet cameras,
    CameraAnalyzers room,
    IWatchers watchers,
    OverlayBuffer lately,
    DetectionOptions options,
    ChannelWriter<Observation> seen,
    EdgeMetrics metrics,
    TimeProvider time
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Exception? cause = null;
        var instruments = new List<ModelSet>();
        // The failure of one worker stops the others, and with them the edge agent.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        try
        {
            // Loading the models takes a second, which must not block the host's startup.
            await Task.Yield();
            for (var worker = 0; worker < options.WorkersHere; worker++)
                instruments.Add(
                    new(new(options.Models, RuleKind.Attributes, options.Threads), new(options.Models, threads: options.Threads))
                );
            var turns = new FairScheduler(() => cameras.Slots.Values, cameras.Bell, time);
            await Task.WhenAll(instruments.ConvertAll(by => Task.Run(() => WorkAsync(turns, by, failed), CancellationToken.None)));
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            cause = e;
            throw;
        }
        finally
        {
            seen.TryComplete(cause);
            foreach (var slot in cameras.Slots.Values)
            {
                while (slot.Inbox.TryTake(out var unjudged))
                    unjudged!.Dispose();
            }

            room.Dispose();
            instruments.ForEach(i => i.Dispose());
        }
    }

    private async Task WorkAsync(FairScheduler turns, ModelSet by, CancellationTokenSource failed)
    {
        try
        {
            while (true)
            {
                var (slot, frame) = await turns.NextAsync(failed.Token);
                var began = time.GetTimestamp();
                // The public picture is blurred by the detections of the same frame: while it is watched, the models run on every frame.
                var show = watchers.Of(frame.Camera);
                var observation = room.Of(slot, by).Look(frame, by, always: show is not null);
                show?.Invoke(observation);
                lately.Saw(observation);
                metrics.FrameAnalysed(frame.Camera, observation.Looked, time.GetElapsedTime(began), time.GetUtcNow() - frame.At);
                // The camera is released only after the write, which keeps its observations in order.
                await seen.WriteAsync(observation, failed.Token);
                turns.Done(slot);
            }
        }
        finally
        {
            await failed.CancelAsync();
        }
    }
}
