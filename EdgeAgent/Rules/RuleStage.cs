using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.VisionModels.Scenes;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>The rules of all cameras.</summary>
internal sealed class RuleSet(IReadOnlyList<RuleOptions> rules, TimeZoneInfo zone)
{
    public IReadOnlyDictionary<CameraId, IReadOnlyList<RuleWatch>> Watches { get; } = rules
        .GroupBy(r => CameraId.Parse(r.Camera, null))
        .ToDictionary(g => g.Key, g => (IReadOnlyList<RuleWatch>)[.. g.Select(r => new RuleWatch(r, zone))]);

    /// <summary>The classifiers that the rules need.</summary>
    public IEnumerable<string> Attributes => rules.Select(r => RuleKind.All[r.Kind]).Where(k => k.Source == RuleSource.Models).Select(k => k.Attribute).OfType<string>().Distinct();

    /// <summary>All taught zones.</summary>
    public IEnumerable<string> Zones => rules.Where(r => r.Taught.Length > 0).Select(r => r.Taught).Distinct();

    /// <summary>How soon the quickest rule of a camera wants to know; a minute where there is none.</summary>
    public TimeSpan ShortestDwell(CameraId camera) => rules.Where(r => r.Camera == camera.Value).Select(r => r.Dwell).DefaultIfEmpty(TimeSpan.FromMinutes(1)).Min();

    /// <summary>The taught zones that a camera's rules need.</summary>
    public IEnumerable<string> ZonesOf(CameraId camera) => rules.Where(r => r.Camera == camera.Value && r.Taught.Length > 0).Select(r => r.Taught).Distinct();
}

/// <summary>Observation to findings; waits while evidence is being written.</summary>
internal sealed class RuleStage(RuleSet rules, ChannelReader<Observation> seen, ChannelWriter<EvidenceOrder> orders, EdgeMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly CameraLosses losses = new(time.GetUtcNow());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Exception? cause = null;
        try
        {
            using var timer = new PeriodicTimer(Tick, time);
            var more = seen.WaitToReadAsync(stoppingToken).AsTask();
            var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            while (true)
            {
                await Task.WhenAny(more, tick);
                if (tick.IsCompleted)
                {
                    await tick;
                    await TickAsync(stoppingToken);
                    tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                }

                if (!more.IsCompleted)
                    continue;
                if (!await more)
                    return;
                while (seen.TryRead(out var observation))
                {
                    losses.Saw(observation);
                    await JudgeAsync(observation.Frame.Camera, observation.Sightings, observation.Models, observation.Frame.At, observation.Frame.Bgr, stoppingToken);
                }

                more = seen.WaitToReadAsync(stoppingToken).AsTask();
            }
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            cause = e;
            throw;
        }
        finally
        {
            orders.TryComplete(cause);
            losses.Dispose();
            while (seen.TryRead(out var unjudged))
                unjudged.Dispose();
        }
    }

    private async ValueTask JudgeAsync(CameraId camera, IReadOnlyList<Sighting> sightings, IReadOnlyList<string> models, DateTimeOffset at, Mat bgr, CancellationToken stop)
    {
        byte[]? still = null;
        foreach (var watch in rules.Watches.GetValueOrDefault(camera, []))
        {
            var changes = watch.Look(sightings, at);
            foreach (var violation in changes.Opened)
            {
                still ??= bgr.ImEncode(".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, 88));
                var box = violation.Box;
                metrics.FindingOpened(watch.Options.Kind);
                await orders.WriteAsync(new OpenOrder(
                    new(violation.Id, camera, watch.Options.ZoneName, watch.Options.Kind, violation.Since, null, violation.Score, models,
                        watch.Kind.Source == RuleSource.Camera ? [] : [new(watch.Kind.Label, violation.Score, box.X, box.Y, box.Width, box.Height)]),
                    still), stop);
            }

            foreach (var violation in changes.Closed)
                await orders.WriteAsync(new CloseOrder(violation.Id, violation.LastSeen), stop);
        }
    }

    // What frames cannot tell: that they do not come, and that what was seen is over.
    private async ValueTask TickAsync(CancellationToken stop)
    {
        var now = time.GetUtcNow();
        foreach (var (camera, watches) in rules.Watches)
        {
            if (losses.Lost(camera, now) is { } shown)
                await JudgeAsync(camera, [CameraLosses.Sighting], [], now, shown, stop);
            foreach (var violation in watches.SelectMany(w => w.Close(now)))
                await orders.WriteAsync(new CloseOrder(violation.Id, violation.LastSeen), stop);
        }
    }
}
