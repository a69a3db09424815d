using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>The box's cameras, each with its inbox and its ring of fragments.</summary>
internal sealed class CameraSet(EdgeMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(40);
    private readonly RingBudget budget = RingBudget.OfThisMachine();

    /// <summary>Replaced as a whole when cameras change.</summary>
    public IReadOnlyDictionary<CameraId, Slot> Slots { get; private set; } = new Dictionary<CameraId, Slot>();

    /// <summary>Rings when a frame has come to some inbox.</summary>
    public FrameSignal Bell { get; } = new();

    /// <summary>
    /// Takes these cameras from now on. One that is read in the same way keeps its place; one of the same id keeps its fragments; the
    /// fragments of one that is gone are let go.
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
