using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Reads one connection until it ends; see <see cref="CameraReader.RunOnceAsync"/>.</summary>
internal delegate Task<StreamFault> StreamRun(StreamAddress address, StreamTaps taps, CancellationToken stop);

/// <summary>Keeps one camera connected: reconnects with backoff while the edge agent runs, and affects no other camera.</summary>
internal sealed class CameraSupervisor(
    CameraOptions camera,
    StreamRun read,
    LatestFrame inbox,
    FragmentRing ring,
    FrameRequests requests,
    CameraStatus board,
    EdgeMetrics metrics,
    TimeProvider time
)
{
    // With a substream: why the main stream does not arrive; null while it does. The camera is live once both streams arrive.
    private volatile StreamFault? mainFault;
    private volatile string note = "";
    private volatile bool shown;

    // A clock that is set once a day is reliable; one that jumps again within this time is not.
    private static readonly TimeSpan JumpsAgain = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(10);

    // A camera with useless timestamps may have been repaired or replaced: the first connection after this time uses the camera's
    // timestamps again.
    private static readonly TimeSpan OwnTimesAgain = TimeSpan.FromHours(1);

    public CameraSupervisor(
        CameraOptions camera,
        CameraReader reader,
        LatestFrame inbox,
        FragmentRing ring,
        FrameRequests requests,
        CameraStatus board,
        EdgeMetrics metrics,
        TimeProvider time
    )
        : this(camera, reader.RunOnceAsync, inbox, ring, requests, board, metrics, time) { }

    public Task RunAsync(CancellationToken stop)
    {
        var id = camera.CameraId;
        board.Set(camera, CameraStates.Connecting, "");
        void Take(PlanarPicture picture)
        {
            metrics.FrameRead(id);
            shown = true;
            if (mainFault is not { } fault)
                board.Set(camera, CameraStates.Live, note);
            else
                board.Set(camera, fault.State, fault.Detail);
            requests.Show(id, picture);
            inbox.Put(new(id, time.GetUtcNow(), picture));
        }

        void Record(Fragment fragment)
        {
            mainFault = null;
            metrics.StreamReceived(id, fragment.Bytes.Length);
            ring.Add(fragment);
        }

        void Note(string text)
        {
            if (mainFault is { State: CameraStates.Connecting })
                mainFault = new(CameraStates.Connecting, text);
            if (!shown)
                board.Set(camera, CameraStates.Connecting, text);
            else if (mainFault is null)
                note = text;
        }

        // The main stream is what is recorded; of the substream's notes only the wait for its first picture matters.
        void NoteOfSub(string text)
        {
            if (!shown && text.Length > 0)
                board.Set(camera, CameraStates.Connecting, text);
        }

        mainFault = camera.SubUrl is null ? null : new(CameraStates.Connecting, "");
        return camera.SubUrl is { } sub
            ? Task.WhenAll(
                KeepAsync(StreamAddress.Of(camera, camera.Url), new(null, Record) { Note = Note }, stop),
                KeepAsync(StreamAddress.Of(camera, sub), new(Take, null) { Note = NoteOfSub }, stop)
            )
            : KeepAsync(StreamAddress.Of(camera, camera.Url), new(Take, Record) { Note = Note }, stop);
    }

    private async Task KeepAsync(StreamAddress address, StreamTaps taps, CancellationToken stop)
    {
        var backoff = new Backoff(TimeSpan.FromMinutes(1));
        long? jumped = null,
            shownFrom = null,
            byArrival = null;
        var byItself = address;
        var shownTo = 0L;
        void Shown()
        {
            shownTo = time.GetTimestamp();
            shownFrom ??= shownTo;
        }

        var watched = new StreamTaps(
            taps.Frame is null
                ? null
                : picture =>
                {
                    Shown();
                    taps.Frame(picture);
                },
            taps.Fragment is null
                ? null
                : fragment =>
                {
                    Shown();
                    taps.Fragment(fragment);
                }
        )
        {
            Note = taps.Note,
            Heard = () => board.Heard(camera.CameraId),
        };
        while (true)
        {
            shownFrom = null;
            if (byArrival is { } since && time.GetElapsedTime(since) >= OwnTimesAgain)
                (address, byArrival) = (byItself, null);
            if (taps.Fragment is not null)
                note = "";
            var fault = await read(address, watched, stop);
            if (taps.Frame is null)
                mainFault = fault;
            else
                shown = false;
            board.Set(camera, fault.State, fault.Detail);
            metrics.CameraRestarted(camera.CameraId);
            if (fault.OfClock && !address.ByArrival)
            {
                // Frozen timestamps will freeze again; a clock that was set once is reliable afterwards.
                var again = jumped is { } before && time.GetElapsedTime(before) < JumpsAgain;
                if (fault == StreamFault.UselessTimestamps || again)
                    (address, byArrival) = (address.TimedByArrival(), time.GetTimestamp());
                jumped = time.GetTimestamp();
                continue;
            }

            // A connection that delivered pictures for a while was healthy: its end does not count as a consecutive failure. The first
            // backoff delay still prevents a tight loop.
            if (shownFrom is { } from && time.GetElapsedTime(from, shownTo) >= Healthy)
                backoff.Reset();
            await Task.Delay(backoff.Next(), time, stop);
        }
    }
}
