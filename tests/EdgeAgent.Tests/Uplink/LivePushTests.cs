using System.Collections.Concurrent;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.EdgeAgent.Uplink;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>Live pictures of a camera that is taken out of the settings and put back.</summary>
public sealed class LivePushTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly CameraOptions Camera = new() { Id = "line", Url = "rtsp://192.0.2.1/x" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_camera_that_is_put_back_is_live_again_for_who_watched_it_and_for_who_comes(bool stopsWatching)
    {
        var came = new ConcurrentQueue<string>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.Run(async http =>
        {
            using var bytes = new MemoryStream();
            await http.Request.Body.CopyToAsync(bytes, http.RequestAborted);
            came.Enqueue($"{http.Request.Path} {bytes.Length}");
        });
        await app.StartAsync(Cancel);
        await using var services = new ServiceCollection().AddMetrics().AddHttpClient().BuildServiceProvider();
        var clock = new AgentClock(TimeProvider.System);
        using var identity = new AgentIdentity(new(temporary.Folder()), clock);
        identity.Enrolled(new("box", "canteen"));
        var set = new CameraSet(new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), clock), clock);
        using var views = new PublicViews(clock, NullLogger<PublicViews>.Instance);
        var push = new LivePush(
            new() { Server = new(app.Urls.First()) },
            identity,
            set,
            views,
            new(),
            services.GetRequiredService<IHttpClientFactory>(),
            clock,
            NullLogger<LivePush>.Instance
        );
        set.Apply([Camera]);
        push.Watch(Camera.CameraId, Rendition.Clear, true);
        await UntilSentAsync(set, came, 101);

        set.Apply([]);
        if (stopsWatching)
            push.Watch(Camera.CameraId, Rendition.Clear, false);
        set.Apply([Camera]);
        push.Watch(Camera.CameraId, Rendition.Clear, true);
        await UntilSentAsync(set, came, 202);
        push.WatchNone();
    }

    private static async Task UntilSentAsync(CameraSet set, ConcurrentQueue<string> came, int size)
    {
        var epoch = new Epoch(size, new byte[8], "avc1", 10);
        var number = 0;
        for (
            var since = TimeProvider.System.GetTimestamp();
            !came.Any(c => c.EndsWith($" {size}", StringComparison.Ordinal));
            await Task.Delay(100, Cancel)
        )
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, "what the camera gives now comes to the server");
            set.Slots[Camera.CameraId].Ring.Add(new(epoch, number++, new byte[size], true, 0, 5, TimeProvider.System.GetUtcNow()));
        }
    }
}
