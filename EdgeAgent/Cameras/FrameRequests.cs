using System.Collections.Concurrent;
using BrightKitchen.Contracts;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Lets somebody have a camera's next frame beside the detection; costs nothing while nobody asks. Thread-safe.</summary>
internal sealed class FrameRequests
{
    private readonly ConcurrentDictionary<CameraId, TaskCompletionSource<Mat>> asked = new();

    /// <summary>A copy of the next frame, 8-bit BGR; the caller owns it.</summary>
    /// <exception cref="TimeoutException">None came within the time.</exception>
    public async Task<Mat> NextAsync(CameraId camera, TimeSpan patience, CancellationToken stop)
    {
        var frame = await asked.GetOrAdd(camera, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(patience, stop);
        // Several may have asked for the same one.
        return frame.Clone();
    }

    /// <summary>Whoever reads a camera shows each frame here.</summary>
    public void Show(CameraId camera, PlanarPicture picture)
    {
        if (asked.TryRemove(camera, out var waiting))
            waiting.SetResult(picture.Bgr.Clone());
    }
}
