using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.CentralServer.Live;

/// <summary>Holds the newest fragments of the cameras that have viewers, and asks edge agents to start and stop sending.</summary>
internal sealed class LiveRelay(IHubContext<BoxHub, IBoxClient> boxes, Notifier notifier, TimeProvider time)
    : BackgroundService,
        ILiveSubscriptions
{
    private static readonly TimeSpan ViewerTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(4);
    private readonly ConcurrentDictionary<(string Box, CameraId Camera, Rendition Rendition), LiveStream> streams = new();

    // Part targets of former streams, which players that reconnect assume to be unchanged; one entry per camera that was ever watched.
    private readonly ConcurrentDictionary<(string Box, CameraId Camera, Rendition Rendition), TimeSpan> targets = new();

    /// <summary>Number of viewers of a camera on this server, over both renditions.</summary>
    public int ViewerCount(string box, CameraId camera) =>
        Enum.GetValues<Rendition>().Sum(r => streams.GetValueOrDefault((box, camera, r))?.Viewers(time.GetUtcNow() - ViewerTimeout) ?? 0);

    /// <summary>Returns the stream for a viewer; creates it on the first request and asks the edge agent to send.</summary>
    /// <param name="viewer">Identifies the viewer, for counting.</param>
    public async ValueTask<LiveStream> OpenAsync(string box, CameraId camera, Rendition rendition, string viewer)
    {
        var fresh = false;
        var stream = streams.GetOrAdd((box, camera, rendition), _ =>
        {
            fresh = true;
            return new(time.GetUtcNow(), targets.TryGetValue((box, camera, rendition), out var target) ? target : null);
        });
        stream.RecordRequest(viewer, time.GetUtcNow());
        if (fresh)
            await WatchAsync(boxes.Clients.User(box), camera, rendition, true);
        return stream;
    }

    /// <summary>The stream if it has viewers; null means that the edge agent should stop sending.</summary>
    public LiveStream? Find(string box, CameraId camera, Rendition rendition) => streams.GetValueOrDefault((box, camera, rendition));

    public async Task ResendAsync(string box, IBoxClient client)
    {
        foreach (var (_, camera, rendition) in streams.Keys.Where(k => k.Box == box))
            await WatchAsync(client, camera, rendition, true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Sends all requests concurrently: an unreachable edge agent does not delay the others.
            var orders = new List<Task>();
            foreach (var (key, stream) in streams)
            {
                if (time.GetUtcNow() - stream.LastRequestAt > ViewerTimeout && streams.TryRemove(key, out _))
                {
                    if (stream.PartTarget is { } target)
                        targets[key] = target;
                    orders.Add(WatchAsync(boxes.Clients.User(key.Box), key.Camera, key.Rendition, false));
                }
                // Repeats the request: an edge agent that reconnected may be connected to another server, which does not know this one's
                // viewers.
                else if (time.GetUtcNow() - stream.LastFragmentAt > SilenceTimeout && stream.IsRepeatDue(time.GetUtcNow(), SilenceTimeout))
                    orders.Add(WatchAsync(boxes.Clients.User(key.Box), key.Camera, key.Rendition, true));
            }

            await Task.WhenAll(orders);
        }
    }

    private Task<bool> WatchAsync(IBoxClient client, CameraId camera, Rendition rendition, bool on) =>
        notifier.SendAsync("watch", () => rendition == Rendition.Clear ? client.Watch(camera, on) : client.WatchPublic(camera, on));
}
