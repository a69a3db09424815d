using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>The public pictures that somebody watches, on the server or on site; one that nobody has asked for in a while ends.</summary>
internal sealed class PublicViews(TimeProvider time, ILogger<PublicViews> logger) : BackgroundService
{
    private static readonly TimeSpan Interest = TimeSpan.FromSeconds(15), Tick = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<CameraId, Lazy<PublicView>> views = new();

    /// <summary>The camera's public picture; begun where it is the first to ask, kept for a while where not.</summary>
    public PublicView Ask(CameraId camera)
    {
        var view = views.GetOrAdd(camera, _ => new(() => new(time, logger))).Value;
        view.AskedAt = time.GetUtcNow();
        return view;
    }

    /// <summary>Null while nobody watches.</summary>
    public PublicView? Watched(CameraId camera) => views.GetValueOrDefault(camera)?.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var (camera, view) in views)
                {
                    if (time.GetUtcNow() - view.Value.AskedAt > Interest && views.TryRemove(camera, out var ended))
                        await ended.Value.DisposeAsync();
                }
            }
        }
        finally
        {
            foreach (var view in views.Values)
                await view.Value.DisposeAsync();
        }
    }
}
