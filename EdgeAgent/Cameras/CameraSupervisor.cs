using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Keeps one camera connected: connects anew with backoff for as long as the box runs, and touches no other camera.</summary>
internal sealed class CameraSupervisor(
    CameraOptions camera, CameraReader reader, FrameInbox inbox, FragmentRing ring, FrameRequests requests, CameraBoard board, EdgeMetrics metrics, TimeProvider time)
{
    // Of a camera with two streams: why the full picture does not come. It is live once both do.
    private volatile StreamFault? mainFault;

    public Task RunAsync(CancellationToken stop)
    {
        var id = camera.CameraId;
        board.Set(camera, CameraStates.Connecting, "");
        void Take(PlanarPicture picture)
        {
            metrics.FrameRead(id);
            if (mainFault is not { } fault)
                board.Set(camera, CameraStates.Live, "");
            else
                board.Set(camera, fault.State, fault.Detail);
            requests.Show(id, picture);
            inbox.Put(new(id, time.GetUtcNow(), picture));
        }

        void Record(Fragment fragment)
        {
            mainFault = null;
            ring.Add(fragment);
        }

        mainFault = camera.SubUrl is null ? null : new(CameraStates.Connecting, "");
        return camera.SubUrl is { } sub
            ? Task.WhenAll(
                KeepAsync(StreamAddress.Of(camera, camera.Url), new(null, Record), stop),
                KeepAsync(StreamAddress.Of(camera, sub), new(Take, null), stop))
            : KeepAsync(StreamAddress.Of(camera, camera.Url), new(Take, Record), stop);
    }

    private async Task KeepAsync(StreamAddress address, StreamTaps taps, CancellationToken stop)
    {
        var backoff = new Backoff(TimeSpan.FromMinutes(1));
        while (true)
        {
            var began = time.GetTimestamp();
            var fault = await reader.RunOnceAsync(address, taps, stop);
            if (taps.Frame is null)
                mainFault = fault;
            board.Set(camera, fault.State, fault.Detail);
            metrics.CameraRestarted(camera.CameraId);
            if (fault == StreamFault.UselessTimestamps)
            {
                address = address.TimedByArrival();
                continue;
            }

            // What ran for a minute was healthy: its end is not one more failure in a row.
            if (time.GetElapsedTime(began) > TimeSpan.FromMinutes(1))
                backoff.Reset();
            await Task.Delay(backoff.Next(), time, stop);
        }
    }
}
