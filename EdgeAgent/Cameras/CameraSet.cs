using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>The edge agent's cameras, each with its latest-frame mailbox and its fragment ring.</summary>
internal sealed class CameraSet(EdgeMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(40);
    private readonly RingBudget budget = RingBudget.OfThisMachine();

    /// <summary>Slots by camera; replaced as a whole when the cameras change.</summary>
    public IReadOnlyDictionary<CameraId, Slot> Slots { get; private set; } = new Dictionary<CameraId, Slot>();

    /// <summary>Signalled when a frame arrives for any camera.</summary>
    public FrameSignal Bell { get; } = new();

    /// <summary>
    /// Replaces the set of cameras. A camera with unchanged settings keeps its slot, a changed camera of the same id keeps its fragments,
    /// and the ring of a removed camera is closed.
    /// </summary>
    public void Apply(IReadOnlyList<CameraOptions> cameras)
    {
        var before = Slots;
        Slots = cameras.ToDictionary(
            c => c.CameraId,
            c =>
                before.GetValueOrDefault(c.CameraId) is not { } old
                    ? new(c, new(Bell, () => metrics.FrameDropped(c.CameraId)), new(Kept, time, budget))
                : old.Camera.Same(c) ? old
                : old with { Camera = c }
        );
        foreach (var (_, gone) in before.Where(p => !Slots.ContainsKey(p.Key)))
            gone.Ring.Close();
    }

    internal sealed record Slot(CameraOptions Camera, LatestFrame Inbox, FragmentRing Ring);
}
