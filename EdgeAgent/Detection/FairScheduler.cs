using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Assigns each free worker the camera that has a frame and was analysed least recently. A camera is never assigned to two workers at once,
/// even while its settings change. Thread-safe.
/// </summary>
internal sealed class FairScheduler(Func<IEnumerable<CameraSet.Slot>> slots, FrameSignal bell, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, long> lookedAt = [];
    private readonly HashSet<CameraId> busy = [];

    /// <summary>Waits for a camera with a frame that no worker is processing.</summary>
    public async ValueTask<(CameraSet.Slot Place, Frame Frame)> NextAsync(CancellationToken stop)
    {
        while (true)
        {
            if (Take() is { } turn)
                return turn;
            await bell.WaitAsync(stop);
        }
    }

    /// <summary>Releases a camera after its frame was processed.</summary>
    public void Done(CameraSet.Slot slot)
    {
        lock (gate)
        {
            busy.Remove(slot.Camera.CameraId);
            lookedAt[slot.Camera.CameraId] = time.GetTimestamp();
        }

        // Signals for frames that arrived while every worker was busy are lost; repeat one.
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
                // One signal may stand for several frames: wake another worker.
                bell.Ring();
                return (slot, frame!);
            }
        }

        return null;
    }
}
