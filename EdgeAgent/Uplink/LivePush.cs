using System.Collections.Concurrent;
using System.Net;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Sends a camera's fragments to the server while at least one viewer watches there; otherwise sends nothing.</summary>
internal sealed partial class LivePush(
    UplinkOptions options,
    AgentIdentity identity,
    CameraSet cameras,
    PublicViews views,
    OverlayBuffer lately,
    IHttpClientFactory clients,
    TimeProvider time,
    ILogger<LivePush> logger
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<(CameraId Camera, Rendition Rendition), CancellationTokenSource> watched = new();

    public void Watch(CameraId camera, Rendition rendition, bool on)
    {
        // Also accepted for a removed camera: it may be added again and have another viewer then.
        if (!on)
        {
            Stop((camera, rendition));
            return;
        }

        if (!cameras.Slots.ContainsKey(camera))
            return;
        var stop = new CancellationTokenSource();
        if (watched.TryAdd((camera, rendition), stop))
            _ = KeepAsync(camera, rendition, rendition == Rendition.Public ? views.Hold(camera).Ring : null, stop);
        else
            stop.Dispose();
    }

    public void WatchNone()
    {
        foreach (var what in watched.Keys)
            Stop(what);
    }

    private void Stop((CameraId, Rendition) what)
    {
        if (watched.TryRemove(what, out var source))
            source.Cancel();
    }

    private async Task KeepAsync(CameraId camera, Rendition rendition, FragmentRing? blurred, CancellationTokenSource source)
    {
        var stop = source.Token;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    // A camera that was removed and added again has a new ring buffer.
                    if ((blurred ?? cameras.Slots.GetValueOrDefault(camera)?.Ring) is { } ring)
                        await SendAsync(camera, rendition, ring, stop);
                }
                catch (Exception e) when (!stop.IsCancellationRequested && LineFault.Is(e))
                {
                    LiveFailed(camera, e.Message);
                }

                await Task.Delay(Pause, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The last viewer left.
        }
        finally
        {
            if (rendition == Rendition.Public)
                views.Release(camera);
            source.Dispose();
        }
    }

    private async Task SendAsync(CameraId camera, Rendition rendition, FragmentRing ring, CancellationToken stop)
    {
        using var client = clients.CreateClient();
        client.BaseAddress = options.Server;
        client.Timeout = TimeSpan.FromSeconds(10);
        var box = identity.Enrolment!.BoxId;
        var seen = time.GetUtcNow();
        Epoch? announced = null;
        await foreach (var fragment in ring.FollowAsync(stop))
        {
            client.DefaultRequestHeaders.Authorization = new("Bearer", identity.Token());
            if (announced != fragment.Epoch)
            {
                var init = BoxRoutes.LiveInit(box, camera, rendition, fragment.Epoch.Number);
                await PutAsync(client, $"{init}?codec={Uri.EscapeDataString(fragment.Epoch.Codec)}", fragment.Epoch.Init, stop);
                announced = fragment.Epoch;
            }

            // The server rejects a fragment when there is no viewer, which ends this transfer; the hub reports the same separately.
            if (
                !await PutAsync(
                    client,
                    BoxRoutes.LiveFragment(box, camera, rendition, fragment.Epoch.Number, fragment.Number, fragment.Key, fragment.Duration),
                    rendition == Rendition.Clear ? lately.With(camera, fragment, ref seen) : fragment.Bytes,
                    stop
                )
            )
                return;
        }
    }

    private static async Task<bool> PutAsync(HttpClient client, string route, byte[] bytes, CancellationToken stop)
    {
        using var answer = await client.PutAsync(route, new ByteArrayContent(bytes), stop);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return false;
        answer.EnsureSuccessStatusCode();
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Live video of camera {Camera} cannot be sent to the server: {Reason}")]
    private partial void LiveFailed(CameraId camera, string reason);
}
