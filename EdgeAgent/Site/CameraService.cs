using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>Runs a supervisor a camera, and follows the settings: only what changed is connected anew.</summary>
internal sealed class CameraService(
    SiteStore site,
    CameraSet cameras,
    CamerasOptions options,
    BoxFolders folders,
    FrameRequests requests,
    CameraBoard board,
    EdgeMetrics metrics,
    TimeProvider time
) : BackgroundService
{
    private readonly Dictionary<CameraSet.Place, (CancellationTokenSource Stop, Task Run)> running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reader = new CameraReader(options, folders.Scratch, time);
        try
        {
            while (true)
            {
                var settings = site.Current;
                cameras.Apply(settings.Cameras);
                foreach (var place in running.Keys.Except(cameras.Places.Values).ToList())
                    await StopAsync(place);
                foreach (var place in cameras.Places.Values.Except(running.Keys).ToList())
                {
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                    running[place] = (
                        stop,
                        new CameraSupervisor(place.Camera, reader, place.Inbox, place.Ring, requests, board, metrics, time).RunAsync(
                            stop.Token
                        )
                    );
                }

                board.Keep([.. cameras.Places.Keys]);
                var ended = await Task.WhenAny(
                    running.Values.Select(r => r.Run).Append(site.ChangedAsync(settings.Version, stoppingToken))
                );
                await ended;
            }
        }
        finally
        {
            foreach (var place in running.Keys.ToList())
                await StopAsync(place);
        }
    }

    private async Task StopAsync(CameraSet.Place place)
    {
        running.Remove(place, out var old);
        await old.Stop.CancelAsync();
        await old.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        old.Stop.Dispose();
    }
}
