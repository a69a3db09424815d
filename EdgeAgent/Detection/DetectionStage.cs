using System.ComponentModel.DataAnnotations;
using System.Threading.Channels;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The models and what they may use, from the section <c>Detection</c>.</summary>
public sealed class DetectionOptions
{
    /// <summary>Folder of the models and their manifests.</summary>
    public string Models { get; set; } = "models";

    /// <summary>Cores that one inference may use, 1–16.</summary>
    [Range(1, 16)]
    public int Threads { get; set; } = 1;

    /// <summary>
    /// Frames that are judged at the same time, 0–16, each with models of its own (about 60 MB); 0 takes a worker a core, four at most.
    /// </summary>
    [Range(0, 16)]
    public int Workers { get; set; }

    internal int WorkersHere => Workers > 0 ? Workers : Math.Clamp(Environment.ProcessorCount, 1, 4);
}

/// <summary>
/// Frame to observation: as many workers as cores, each with the camera that waited longest, so that no busy camera starves a quiet one.
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
        // One worker's failure ends the others, and the box with them.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        try
        {
            // Loading takes a second: the host goes on meanwhile.
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
                // A public picture is blurred by what the models see on that very frame: they look at each while somebody watches.
                var show = watchers.Of(frame.Camera);
                var observation = room.Of(slot, by).Look(frame, by, always: show is not null);
                show?.Invoke(observation);
                lately.Saw(observation);
                metrics.FrameAnalysed(frame.Camera, observation.Looked, time.GetElapsedTime(began), time.GetUtcNow() - frame.At);
                // The camera comes free only behind it, so that its observations stay in order.
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
