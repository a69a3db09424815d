using System.ComponentModel.DataAnnotations;
using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The models and what they may use, from the section <c>Detection</c>.</summary>
public sealed class DetectionOptions
{
    /// <summary>Folder of the models and their manifests.</summary>
    public string Models { get; set; } = "models";

    /// <summary>Cores that one inference may use, 1–16.</summary>
    [Range(1, 16)]
    public int Threads { get; set; } = 1;

    /// <summary>Frames that are judged at the same time, 0–16, each with models of its own (about 60 MB); 0 takes a worker a core, four at most.</summary>
    [Range(0, 16)]
    public int Workers { get; set; }

    internal int WorkersHere => Workers > 0 ? Workers : Math.Clamp(Environment.ProcessorCount, 1, 4);
}

/// <summary>Frame to observation: as many workers as cores, each with the camera that waited longest, so that no busy camera starves a quiet one.</summary>
internal sealed partial class DetectionStage(
    CameraSet cameras, RuleSet rules, DetectionOptions options, BoxFolders folders, BoxHealth health, ChannelWriter<Observation> seen, EdgeMetrics metrics,
    TimeProvider time, ILogger<DetectionStage> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Exception? cause = null;
        var eyes = new Dictionary<CameraId, CameraEyes>();
        var instruments = new List<Instruments>();
        // One worker's failure ends the others, and the box with them.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        try
        {
            // Loading takes a second: the host goes on meanwhile.
            await Task.Yield();
            for (var worker = 0; worker < options.WorkersHere; worker++)
                instruments.Add(new(new(options.Models, rules.Attributes, options.Threads), rules.Zones.Any() ? new(options.Models, threads: options.Threads) : null));
            foreach (var camera in cameras.Places.Keys)
                eyes[camera] = new(instruments[0].Models, ZonesOf(camera, instruments[0].Embedder), new(rules.ShortestDwell(camera)), folders.In(Path.Combine("views", camera.Value)));
            var turns = new CameraTurns(() => cameras.Places.Values, cameras.Bell, time);
            await Task.WhenAll(instruments.ConvertAll(by => Task.Run(() => WorkAsync(turns, eyes, by, failed), CancellationToken.None)));
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
            instruments.ForEach(i => i.Dispose());
        }
    }

    private async Task WorkAsync(CameraTurns turns, Dictionary<CameraId, CameraEyes> eyes, Instruments by, CancellationTokenSource failed)
    {
        try
        {
            while (true)
            {
                var (place, frame) = await turns.NextAsync(failed.Token);
                var began = time.GetTimestamp();
                var observation = eyes[frame.Camera].Look(frame, by);
                metrics.FrameAnalysed(frame.Camera, time.GetElapsedTime(began), time.GetUtcNow() - frame.At);
                // The camera comes free only behind it, so that its observations stay in order.
                await seen.WriteAsync(observation, failed.Token);
                turns.Done(place);
            }
        }
        finally
        {
            await failed.CancelAsync();
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

    [LoggerMessage(LogLevel.Error, "Camera {Camera}: {Reason}")]
    private partial void ZoneRefused(CameraId camera, string reason);
}
