using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Detection;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>
/// The public pictures that are watched, on the server or on site. A view that is not held and has not been requested for 15 s ends.
/// Thread-safe.
/// </summary>
internal sealed class PublicViews(TimeProvider time, ILogger<PublicViews> logger) : BackgroundService, IWatchers
{
    private static readonly TimeSpan Interest = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, (PublicView View, DateTimeOffset AskedAt, int Held)> views = [];

    /// <summary>The camera's public picture; started by the first request and ended 15 s after the last one.</summary>
    public PublicView Ask(CameraId camera) => Take(camera, 0);

    /// <summary>Like <see cref="Ask"/>, but kept running until <see cref="Release"/>, even while the camera delivers nothing.</summary>
    public PublicView Hold(CameraId camera) => Take(camera, 1);

    public void Release(CameraId camera)
    {
        lock (gate)
        {
            if (views.TryGetValue(camera, out var known))
                views[camera] = (known.View, time.GetUtcNow(), known.Held - 1);
        }
    }

    Action<Observation>? IWatchers.Of(CameraId camera) => Watched(camera) is { } view ? view.Show : null;

    /// <summary>Null while there is no viewer.</summary>
    public PublicView? Watched(CameraId camera)
    {
        lock (gate)
            return views.TryGetValue(camera, out var known) ? known.View : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await EndAsync(v => v.Held == 0 && time.GetUtcNow() - v.AskedAt > Interest);
        }
        finally
        {
            await EndAsync(_ => true);
        }
    }

    private PublicView Take(CameraId camera, int hold)
    {
        lock (gate)
        {
            var known = views.GetValueOrDefault(camera);
            var view = known.View ?? new(time, logger);
            views[camera] = (view, time.GetUtcNow(), known.Held + hold);
            return view;
        }
    }

    private async Task EndAsync(Func<(PublicView View, DateTimeOffset AskedAt, int Held), bool> over)
    {
        List<PublicView> ended = [];
        lock (gate)
        {
            foreach (var (camera, known) in views.Where(v => over(v.Value)).ToList())
            {
                views.Remove(camera);
                ended.Add(known.View);
            }
        }

        foreach (var view in ended)
            await view.DisposeAsync();
    }
}
