using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>The result of testing a camera address.</summary>
/// <param name="Fault">Why there is no picture; null on success.</param>
/// <param name="Codec"><c>H.264</c>, <c>H.265</c>, or the camera's other codec, which is transcoded to H.264.</param>
/// <param name="Plays">Whether browsers can play the recording.</param>
/// <param name="Transport">The transport that delivered the picture, which may differ from the requested one.</param>
/// <param name="Still">A JPEG, base64.</param>
internal sealed record StreamAnswer(string? Fault, string? Codec, bool Plays, int Width, int Height, string? Transport, string? Still)
{
    /// <summary>A warning about a working stream, for example infrequent key frames; null when there is none.</summary>
    public string? Note { get; init; }

    public static StreamAnswer No(string fault) => new(fault, null, false, 0, 0, null, null);
}

/// <summary>
/// Tests a camera's addresses exactly as the service reads them: the main stream for recording, and the sub-stream, if configured, for
/// analysis.
/// </summary>
internal sealed class StreamTest(CamerasOptions options, AgentFolders folders, TimeProvider time)
{
    /// <summary>
    /// Limit for connecting, shorter than the service's because a user waits for the answer. A camera that is sending is given as long as
    /// the service gives it.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LateKeyFrame = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(2);

    /// <summary>Tests the requested transport, then the other one when the camera supports only that.</summary>
    /// <param name="note">Receives progress messages during the test.</param>
    public async Task<StreamAnswer> TryAsync(CameraOptions camera, CancellationToken stop, Action<string>? note = null)
    {
        camera = camera.WithCredentialsApart();
        if (CamerasOptions.FaultsOf([camera]).ToList() is { Count: > 0 } faults)
            return StreamAnswer.No(string.Join(' ', faults));
        var answer = await AskAsync(camera, camera.Transport, note, stop);
        if (answer.Fault?.EndsWith(StreamFault.OtherTransport, StringComparison.Ordinal) != true)
            return answer with { Transport = camera.Transport };
        var other = camera.Transport == "tcp" ? "udp" : "tcp";
        var second = await AskAsync(camera, other, note, stop);
        if (second.Fault?.EndsWith(StreamFault.NotNow, StringComparison.Ordinal) == true)
        {
            // Some cameras are still closing the previous connection.
            await Task.Delay(Closing, time, stop);
            second = await AskAsync(camera, other, note, stop);
        }

        return second with
        {
            Transport = other,
        };
    }

    private async Task<StreamAnswer> AskAsync(CameraOptions camera, string transport, Action<string>? note, CancellationToken stop)
    {
        StreamAddress Address(string url) => new StreamAddress(url, camera.User, camera.Password, transport).EncodedAs(camera);
        if (camera.SubUrl is not { } subUrl)
            return (await TryOneAsync(Address(camera.Url), frames: true, fragments: true, note, stop)).Answer();
        // Both at once, as the service does: some cameras serve only one client.
        var tries = await Task.WhenAll(
            TryOneAsync(Address(camera.Url), frames: false, fragments: true, note, stop),
            TryOneAsync(Address(subUrl), frames: true, fragments: false, note, stop)
        );
        var (main, sub) = (tries[0], tries[1]);
        var faults = new[]
        {
            main.Fault is null ? null : "main stream: " + main.Fault,
            sub.Fault is null ? null : "sub-stream: " + sub.Fault,
        }
            .OfType<string>()
            .ToList();
        return faults.Count > 0
            ? StreamAnswer.No(string.Join("; ", faults))
            : (sub with { Codec = main.Codec, Video = main.Video, KeyFrameAfter = main.KeyFrameAfter }).Answer();
    }

    private async Task<Tried> TryOneAsync(StreamAddress address, bool frames, bool fragments, Action<string>? note, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        enough.CancelAfter(Longest);
        var (tried, began, gate) = (new Tried(), time.GetTimestamp(), new Lock());
        void Frame(PlanarPicture picture)
        {
            using (picture)
            {
                lock (gate)
                {
                    if (tried.Still is null)
                    {
                        var size = picture.Bgr.Size();
                        tried = tried with { Still = picture.Bgr.ImEncode(".jpg"), Width = size.Width, Height = size.Height };
                    }
                }
            }

            Done();
        }

        void Fragment(Fragment fragment)
        {
            lock (gate)
                tried = tried with { Codec = tried.Codec ?? fragment.Epoch.Codec };
            Done();
        }

        void Done()
        {
            if ((tried.Still is not null || !frames) && (tried.Codec is not null || !fragments))
                enough.Cancel();
        }

        void Describe(VideoTrack video)
        {
            lock (gate)
                tried = tried with { Video = video.Codec };
        }

        var taps = new StreamTaps(frames ? Frame : null, fragments ? Fragment : null) { Note = note, Described = Describe };
        string? fault = null;
        try
        {
            var reader = new CameraReader(options.WithConnectWithin(Patience), folders.Scratch, time);
            var ended = await reader.RunOnceAsync(address, taps, enough.Token);
            if (ended == StreamFault.UselessTimestamps)
                ended = await reader.RunOnceAsync(address.TimedByArrival(), taps, enough.Token);
            fault = ended.Detail;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            fault = $"no picture within {Longest.TotalSeconds:0} s";
        }

        var works = (tried.Still is not null || !frames) && (tried.Codec is not null || !fragments);
        return tried with { Fault = works ? null : fault, KeyFrameAfter = time.GetElapsedTime(began) };
    }

    // The result of one stream so far.
    private sealed record Tried(
        string? Fault = null,
        string? Codec = null,
        string? Video = null,
        byte[]? Still = null,
        int Width = 0,
        int Height = 0,
        TimeSpan KeyFrameAfter = default
    )
    {
        public StreamAnswer Answer()
        {
            if (Fault is not null)
                return StreamAnswer.No(Fault);
            var plays = Codec?.StartsWith("avc1", StringComparison.Ordinal) ?? false;
            var name = Video switch
            {
                "H264" or "H265" or "" or null => plays ? "H.264" : "H.265",
                "JPEG" => "MJPEG",
                var other => other,
            };
            return new(null, name, plays, Width, Height, null, Convert.ToBase64String(Still ?? []))
            {
                Note =
                    KeyFrameAfter > LateKeyFrame
                        ? $"the first key frame arrived after {KeyFrameAfter.TotalSeconds:0} s; "
                            + "set the camera's key frame interval (I-frame interval) to 1 or 2 s"
                        : null,
            };
        }
    }
}
