using BrightKitchen.Contracts;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// Hands copies of a camera's next frame to callers outside the analysis; costs nothing while there is no request. Each picture has exactly
/// one owner. Thread-safe.
/// </summary>
internal sealed class FrameRequests
{
    private readonly Lock gate = new();
    private readonly Dictionary<CameraId, List<TaskCompletionSource<Mat>>> waiting = [];

    /// <summary>Waits for the next frame, 8-bit BGR; the caller owns it and disposes it.</summary>
    /// <exception cref="TimeoutException">No frame arrived within <paramref name="patience"/>.</exception>
    public async Task<Mat> NextAsync(CameraId camera, TimeSpan patience, CancellationToken stop)
    {
        var request = new TaskCompletionSource<Mat>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (!waiting.TryGetValue(camera, out var requests))
                waiting[camera] = requests = [];
            requests.Add(request);
        }

        try
        {
            return await request.Task.WaitAsync(patience, stop);
        }
        catch
        {
            Withdraw(camera, request);
            // The frame may have arrived in the same moment as the timeout or cancellation.
            if (!request.TrySetCanceled(CancellationToken.None) && request.Task.IsCompletedSuccessfully)
                (await request.Task).Dispose();
            throw;
        }
    }

    /// <summary>Offers each frame of a camera; the reader remains its owner.</summary>
    public void Show(CameraId camera, PlanarPicture picture)
    {
        List<TaskCompletionSource<Mat>>? requests;
        lock (gate)
        {
            if (!waiting.Remove(camera, out requests))
                return;
        }

        foreach (var request in requests)
        {
            var copy = picture.Bgr.Clone();
            if (!request.TrySetResult(copy))
                copy.Dispose();
        }
    }

    private void Withdraw(CameraId camera, TaskCompletionSource<Mat> request)
    {
        lock (gate)
        {
            if (waiting.TryGetValue(camera, out var requests) && requests.Remove(request) && requests.Count == 0)
                waiting.Remove(camera);
        }
    }
}
