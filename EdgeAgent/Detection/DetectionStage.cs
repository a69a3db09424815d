using System.ComponentModel.DataAnnotations;
using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Teaching;

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
internal sealed partial class DetectionStage(
    CameraSet cameras, RuleSet rules, DetectionOptions options, BoxFolders folders, BoxHealth health, ChannelWriter<Observation> seen, EdgeMetrics metrics,
    TimeProvider time, ILogger<DetectionStage> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Exception? cause = null;
        var eyes = new Dictionary<CameraId, CameraEyes>();
        try
        {
            // Loading takes a second: the host goes on meanwhile.
            await Task.Yield();
            using var models = new SceneModels(options.Models, rules.Attributes, options.Threads);
            using var embedder = rules.Zones.Any() ? new Embedder(options.Models, threads: options.Threads) : null;
            foreach (var camera in cameras.Places.Keys)
                eyes[camera] = new(models, ZonesOf(camera, embedder), folders.In(Path.Combine("views", camera.Value)));
            while (true)
            {
                await cameras.FrameAsync(stoppingToken);
                await RoundAsync(eyes, stoppingToken);
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

            foreach (var eye in eyes.Values)
                eye.Dispose();
        }
    }

    // A zone that cannot be told apart costs its own rule and nothing else.
    private List<ZoneEye> ZonesOf(CameraId camera, Embedder? embedder)
    {
        var armed = new List<ZoneEye>();
        foreach (var name in rules.ZonesOf(camera))
        {
            try
            {
                armed.Add(new(folders.In(Path.Combine("zones", name + ".json")), embedder!));
            }
            catch (ModelException e)
            {
                health.Unarmed(e.Message);
                ZoneRefused(camera, e.Message);
            }
        }

        return armed;
    }

    private async ValueTask RoundAsync(Dictionary<CameraId, CameraEyes> eyes, CancellationToken stop)
    {
        foreach (var (camera, place) in cameras.Places)
        {
            if (!place.Inbox.TryTake(out var frame))
                continue;
            var began = time.GetTimestamp();
            var observation = eyes[camera].Look(frame!);
            metrics.FrameAnalysed(camera, time.GetElapsedTime(began), time.GetUtcNow() - frame!.At);
            await seen.WriteAsync(observation, stop);
        }
    }

    [LoggerMessage(LogLevel.Error, "Camera {Camera}: {Reason}")]
    private partial void ZoneRefused(CameraId camera, string reason);
}
