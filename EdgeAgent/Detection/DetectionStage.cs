using System.ComponentModel.DataAnnotations;
using System.Threading.Channels;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The models and where they lie, from the section <c>Detection</c>.</summary>
public sealed class DetectionOptions
{
    /// <summary>The folder of weights and manifests.</summary>
    public string Models { get; set; } = "models";

    /// <summary>Cores that one inference may use, 1–16.</summary>
    [Range(1, 16)]
    public int Threads { get; set; } = 1;
}

/// <summary>Frame to observation, one camera after the other, so that no busy camera starves a quiet one.</summary>
internal sealed class DetectionStage(
    CameraSet cameras, RuleSet rules, DetectionOptions options, ChannelWriter<Observation> seen, EdgeMetrics metrics, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Exception? cause = null;
        try
        {
            // Loading takes a second: the host goes on meanwhile.
            await Task.Yield();
            using var models = new HygieneModels(options.Models, options.Threads, rules.Attributes);
            while (true)
            {
                await cameras.FrameAsync(stoppingToken);
                await RoundAsync(models, stoppingToken);
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            cause = e;
            throw;
        }
        finally
        {
            seen.TryComplete(cause);
            foreach (var place in cameras.Places.Values)
            {
                while (place.Inbox.TryTake(out var unjudged))
                    unjudged!.Dispose();
            }
        }
    }

    private async ValueTask RoundAsync(HygieneModels models, CancellationToken stop)
    {
        foreach (var place in cameras.Places.Values)
        {
            if (!place.Inbox.TryTake(out var frame))
                continue;
            var began = time.GetTimestamp();
            var observation = models.Look(frame!);
            metrics.FrameAnalysed(frame!.Camera, time.GetElapsedTime(began), time.GetUtcNow() - frame.At);
            await seen.WriteAsync(observation, stop);
        }
    }
}
