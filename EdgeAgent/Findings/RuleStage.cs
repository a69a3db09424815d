using System.Globalization;
using System.Threading.Channels;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.VisionModels.Scenes;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Findings;

/// <summary>Observations to findings; waits while evidence is being written.</summary>
internal sealed class RuleStage(
    SiteStore site,
    CameraStatus board,
    ChannelReader<Observation> seen,
    ChannelWriter<EvidenceCommand> orders,
    AgentHealth health,
    EdgeMetrics metrics,
    AgentClock time
) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly CameraLosses losses = new();
    private readonly AnalysisRates rates = new(time);
    private readonly RuleBook book = new(time);
    private SiteSettings? followed;

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
                    await FollowSettingsAsync(stoppingToken);
                    if (!losses.Saw(observation))
                        continue;
                    rates.Saw(observation.Frame.Camera);
                    await JudgeAsync(
                        observation.Frame.Camera,
                        observation.Objects,
                        observation.Models,
                        observation.Frame.At,
                        () => observation.Frame.Bgr,
                        stoppingToken
                    );
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

    private async ValueTask JudgeAsync(
        CameraId camera,
        IReadOnlyList<TrackedObject> sightings,
        IReadOnlyList<string> models,
        DateTimeOffset at,
        Func<Mat> bgr,
        CancellationToken stop
    )
    {
        byte[]? still = null;
        foreach (var watch in book.Of(camera))
        {
            var changes = watch.Look(sightings, at);
            foreach (var violation in changes.Opened)
            {
                still ??= bgr().ImEncode(".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, 88));
                var box = violation.Box;
                metrics.FindingOpened(watch.Options.Kind);
                IReadOnlyList<SeenBox> boxes =
                    watch.Kind.Source == RuleSource.Camera
                        ? []
                        : [new(watch.Kind.Label, violation.Score, box.X, box.Y, box.Width, box.Height)];
                var report = new FindingReport(
                    violation.Id,
                    camera,
                    FindingReport.Shorten(watch.Options.ZoneName),
                    watch.Options.Kind,
                    time.Told(violation.Since),
                    null,
                    violation.Score,
                    models,
                    boxes
                )
                {
                    ClockAheadSeconds = time.Ahead?.TotalSeconds,
                    Rule = string.Create(
                        CultureInfo.InvariantCulture,
                        $"dwell {watch.Options.Dwell.TotalSeconds:0.#} s, quiet "
                            + $"{watch.Options.Quiet.TotalSeconds:0.#} s, settings {site.Current.Version}"
                    ),
                };
                await orders.WriteAsync(new OpenCommand(report, still, violation.Since), stop);
            }

            foreach (var violation in changes.Closed)
                await orders.WriteAsync(new CloseCommand(violation.Id, violation.LastSeen - violation.Since), stop);
        }
    }

    // Handles what no frame can signal: missing frames, and violations that are over.
    private async ValueTask TickAsync(CancellationToken stop)
    {
        var now = time.GetUtcNow();
        health.RulesTurned = time.GetTimestamp();
        await FollowSettingsAsync(stop);
        foreach (var (camera, watches) in book.All)
        {
            if (losses.Lost(camera, now, board.IsHeard(camera)) is { } shown)
                await JudgeAsync(camera, [CameraLosses.TrackedObject], [], now, () => shown, stop);
            foreach (var violation in watches.SelectMany(w => w.Close(now)))
                await orders.WriteAsync(new CloseCommand(violation.Id, violation.LastSeen - violation.Since), stop);
            health.Unarmed(camera, TooSlow(camera, watches), "rate");
        }
    }

    // A rule that cannot fire at this rate would stay silent forever, which looks like a clean kitchen.
    private List<string> TooSlow(CameraId camera, IReadOnlyList<RuleEvaluator> watches) =>
        rates.Of(camera) is not { } rate
            ? []
            :
            [
                .. watches
                    .Where(w => rate < w.LeastRate)
                    .Select(w =>
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Rule '{w.Options.Kind}' on camera '{camera}' is not armed: {rate:0.0} frames a second are analysed "
                                + $"and it needs {w.LeastRate:0.0}. Check the camera's frame rate, set a sub-stream, or remove cameras "
                                + $"from this device."
                        )
                    ),
            ];

    // Closes findings that are open under removed rules.
    private async ValueTask FollowSettingsAsync(CancellationToken stop)
    {
        var settings = site.Current;
        if (!ReferenceEquals(settings, followed))
        {
            followed = settings;
            losses.Follow(settings.Cameras, time.GetUtcNow());
            var cameras = settings.Cameras.Select(c => c.CameraId).ToHashSet();
            rates.Keep(cameras);
            health.Keep(cameras);
            // A rate that is still too low is reported again by the next tick.
            foreach (var camera in cameras)
                health.Unarmed(camera, [], "rate");
        }

        time.ByServer = settings.ClockSource == SiteSettings.ServersClock;
        foreach (var violation in book.Apply(settings))
            await orders.WriteAsync(new CloseCommand(violation.Id, violation.LastSeen - violation.Since), stop);
    }
}
