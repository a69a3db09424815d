using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Site;

/// <summary>Runs one supervisor per camera and follows the settings: only cameras whose settings change are reconnected.</summary>
internal sealed class CameraService(
    SiteStore site,
    CameraSet cameras,
    CamerasOptions options,
    AgentFolders folders,
    FrameRequests requests,
    CameraStatus board,
    EdgeMetrics metrics,
    TimeProvider time
) : BackgroundService
{
    private readonly Dictionary<CameraSet.Slot, (CancellationTokenSource Stop, Task Run)> running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reader = new CameraReader(options, folders.Scratch, time);
        try
        {
            while (true)
            {
                var settings = site.Current;
                cameras.Apply(settings.Cameras);
                foreach (var slot in running.Keys.Except(cameras.Slots.Values).ToList())
                    await StopAsync(slot);
                foreach (var slot in cameras.Slots.Values.Except(running.Keys).ToList())
                {
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                    running[slot] = (
                        stop,
                        new CameraSupervisor(slot.Camera, reader, slot.Inbox, slot.Ring, requests, board, metrics, time).RunAsync(
                            stop.Token
                        )
                    );
                }

                board.Keep([.. cameras.Slots.Keys]);
                var ended = await Task.WhenAny(
                    running.Values.Select(r => r.Run).Append(site.ChangedAsync(settings.Version, stoppingToken))
                );
                await ended;
            }
        }
        finally
        {
            foreach (var slot in running.Keys.ToList())
                await StopAsync(slot);
        }
    }

    private async Task StopAsync(CameraSet.Slot slot)
    {
        running.Remove(slot, out var old);
        await old.Stop.CancelAsync();
        await old.Run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        old.Stop.Dispose();
    }
}
