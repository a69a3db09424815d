using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Gives each free worker the camera whose last look is longest ago and that has a frame; a camera is never with two workers at once, also
/// while its settings change under it. Thread-safe.</summary>
internal sealed class FairScheduler(Func<IEnumerable<CameraSet.Slot>> slots, FrameSignal bell, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, long> lookedAt = [];
    private readonly HashSet<CameraId> busy = [];

    /// <summary>Waits until a camera has a frame that no worker is at.</summary>
    public async ValueTask<(CameraSet.Slot Place, Frame Frame)> NextAsync(CancellationToken stop)
    {
        while (true)
        {
            if (Take() is { } turn)
                return turn;
            await bell.WaitAsync(stop);
        }
    }

    /// <summary>Gives the camera back.</summary>
    public void Done(CameraSet.Slot slot)
    {
        lock (gate)
        {
            busy.Remove(slot.Camera.CameraId);
            lookedAt[slot.Camera.CameraId] = time.GetTimestamp();
        }

        // What came meanwhile rang when nobody was free to take it.
        bell.Ring();
    }

    private (CameraSet.Slot, Frame)? Take()
    {
        lock (gate)
        {
            foreach (
                var slot in slots()
                    .Where(p => !busy.Contains(p.Camera.CameraId))
                    .OrderBy(p => lookedAt.GetValueOrDefault(p.Camera.CameraId, long.MinValue))
            )
            {
                if (!slot.Inbox.TryTake(out var frame))
                    continue;
                busy.Add(slot.Camera.CameraId);
                // One ring may stand for several frames: another worker looks too.
                bell.Ring();
                return (slot, frame!);
            }
        }

        return null;
    }
}
