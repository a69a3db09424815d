using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.CentralServer.Live;

/// <summary>Keeps the newest fragments of the cameras that somebody watches, and tells boxes when to send.</summary>
internal sealed class LiveRelay(IHubContext<BoxHub, IBoxClient> boxes, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interest = TimeSpan.FromSeconds(15);
    private readonly ConcurrentDictionary<(string Box, CameraId Camera, Rendition Rendition), LiveStream> streams = new();

    /// <summary>The stream that somebody asks for; its box is told at the first asking.</summary>
    public async ValueTask<LiveStream> AskAsync(string box, CameraId camera, Rendition rendition)
    {
        var fresh = false;
        var stream = streams.GetOrAdd((box, camera, rendition), _ =>
        {
            fresh = true;
            return new();
        });
        stream.AskedAt = time.GetUtcNow();
        if (fresh)
            await WatchAsync(boxes.Clients.User(box), camera, rendition, true);
        return stream;
    }

    /// <summary>The stream if somebody watches it; null tells the box to stop.</summary>
    public LiveStream? Watched(string box, CameraId camera, Rendition rendition) => streams.GetValueOrDefault((box, camera, rendition));

    /// <summary>Tells a box that connects anew what it must send.</summary>
    public async Task TellAsync(string box, IBoxClient client)
    {
        foreach (var (_, camera, rendition) in streams.Keys.Where(k => k.Box == box))
            await WatchAsync(client, camera, rendition, true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (key, stream) in streams)
            {
                if (time.GetUtcNow() - stream.AskedAt > Interest && streams.TryRemove(key, out _))
                    await WatchAsync(boxes.Clients.User(key.Box), key.Camera, key.Rendition, false);
            }
        }
    }

    private static Task WatchAsync(IBoxClient client, CameraId camera, Rendition rendition, bool on) => rendition == Rendition.Clear ? client.Watch(camera, on) : client.WatchPublic(camera, on);
}

/// <summary>One camera's newest fragments; thread-safe.</summary>
internal sealed class LiveStream
{
    private const int Kept = 24;
    private readonly Lock gate = new();
    private readonly SortedDictionary<long, (byte[] Bytes, bool Key)> fragments = [];
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long epoch;
    private string codec = "";
    private byte[] init = [];

    public DateTimeOffset AskedAt { get; set; }

    public LiveWindow? Window
    {
        get
        {
            lock (gate)
            {
                var keys = fragments.Where(f => f.Value.Key).Select(f => f.Key).ToList();
                return keys.Count == 0 ? null : new(epoch, codec, keys[^1], fragments.Keys.Last());
            }
        }
    }

    public void Begin(long number, string codecName, byte[] segment)
    {
        lock (gate)
        {
            if (number < epoch)
                return;
            (epoch, codec, init) = (number, codecName, segment);
            fragments.Clear();
        }
    }

    public byte[]? Init(long number)
    {
        lock (gate)
            return number == epoch && init.Length > 0 ? init : null;
    }

    /// <summary>False where the epoch has not begun here: the box sends the init segment first.</summary>
    public bool Add(long ofEpoch, long number, bool key, byte[] bytes)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            if (ofEpoch != epoch)
                return false;
            fragments[number] = (bytes, key);
            while (fragments.Count > Kept)
                fragments.Remove(fragments.Keys.First());
            (told, arrived) = (arrived, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.SetResult();
        return true;
    }

    /// <summary>One fragment, waited for where it is the next to come; null where it is gone.</summary>
    public async Task<byte[]?> WaitForAsync(long ofEpoch, long number, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (ofEpoch != epoch || (fragments.Count > 0 && (number < fragments.Keys.First() || number > fragments.Keys.Last() + 1)))
                    return null;
                if (fragments.TryGetValue(number, out var found))
                    return found.Bytes;
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }
}
