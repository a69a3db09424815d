using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Telemetry;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>The rules of all cameras.</summary>
internal sealed class RuleSet(IReadOnlyList<RuleOptions> rules, TimeZoneInfo zone)
{
    public IReadOnlyDictionary<CameraId, IReadOnlyList<RuleWatch>> Watches { get; } = rules
        .GroupBy(r => CameraId.Parse(r.Camera, null))
        .ToDictionary(g => g.Key, g => (IReadOnlyList<RuleWatch>)[.. g.Select(r => new RuleWatch(r, zone))]);

    /// <summary>The classifiers that the rules need.</summary>
    public IEnumerable<string> Attributes => rules.Select(r => RuleKind.All[r.Kind].Attribute).OfType<string>().Distinct();
}

/// <summary>Observation to findings; waits while evidence is being written.</summary>
internal sealed class RuleStage(RuleSet rules, ChannelReader<Observation> seen, ChannelWriter<EvidenceOrder> orders, EdgeMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

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
                    await CloseAsync(stoppingToken);
                    tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                }

                if (!more.IsCompleted)
                    continue;
                if (!await more)
                    return;
                while (seen.TryRead(out var observation))
                {
                    using (observation)
                        await JudgeAsync(observation, stoppingToken);
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
            while (seen.TryRead(out var unjudged))
                unjudged.Dispose();
        }
    }

    private async ValueTask JudgeAsync(Observation observation, CancellationToken stop)
    {
        var frame = observation.Frame;
        byte[]? still = null;
        foreach (var watch in rules.Watches.GetValueOrDefault(frame.Camera, []))
        {
            var changes = watch.Look(observation.Sightings, frame.At);
            foreach (var violation in changes.Opened)
            {
                still ??= frame.Bgr.ImEncode(".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, 88));
                var box = violation.Box;
                metrics.FindingOpened(watch.Options.Kind);
                await orders.WriteAsync(new OpenOrder(
                    new(violation.Id, frame.Camera, watch.Options.ZoneName, watch.Options.Kind, violation.Since, null, violation.Score, observation.Models,
                        [new(RuleKind.All[watch.Options.Kind].Label, violation.Score, box.X, box.Y, box.Width, box.Height)]),
                    still), stop);
            }

            foreach (var violation in changes.Closed)
                await orders.WriteAsync(new CloseOrder(violation.Id, violation.LastSeen), stop);
        }
    }

    private async ValueTask CloseAsync(CancellationToken stop)
    {
        foreach (var watch in rules.Watches.Values.SelectMany(w => w))
        {
            foreach (var violation in watch.Close(time.GetUtcNow()))
                await orders.WriteAsync(new CloseOrder(violation.Id, violation.LastSeen), stop);
        }
    }
}
