using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>The box's cameras, each with its inbox and its ring of fragments.</summary>
internal sealed class CameraSet
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(40);
    public CameraSet(CamerasOptions options, EdgeMetrics metrics, TimeProvider time) => Places = options.Cameras.ToDictionary(
        c => c.CameraId,
        c => new Place(c, new FrameInbox(Bell, () => metrics.FrameDropped(c.CameraId)), new FragmentRing(Kept, time)));

    public IReadOnlyDictionary<CameraId, Place> Places { get; }

    /// <summary>Rings when a frame has come to some inbox.</summary>
    public Doorbell Bell { get; } = new();

    internal sealed record Place(CameraOptions Camera, FrameInbox Inbox, FragmentRing Ring);
}

/// <summary>Runs a supervisor a camera.</summary>
internal sealed class CameraService(CameraSet cameras, CamerasOptions options, BoxFolders folders, CameraBoard board, EdgeMetrics metrics, TimeProvider time)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reader = new CameraReader(options, folders.Scratch, time);
        return Task.WhenAll(cameras.Places.Values.Select(p => new CameraSupervisor(p.Camera, reader, p.Inbox, p.Ring, board, metrics, time).RunAsync(stoppingToken)));
    }
}
