using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Recording;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>What a tried address gave.</summary>
/// <param name="Fault">Why there is no picture; null where there is one.</param>
/// <param name="Codec"><c>H.264</c> or <c>H.265</c>.</param>
/// <param name="Plays">Whether browsers play the copied stream.</param>
/// <param name="Transport">The one that gave the picture, which may be another than was asked for.</param>
/// <param name="Still">A JPEG, base64.</param>
internal sealed record StreamAnswer(string? Fault, string? Codec, bool Plays, int Width, int Height, string? Transport, string? Still)
{
    public static StreamAnswer No(string fault) => new(fault, null, false, 0, 0, null, null);
}

/// <summary>Tries an RTSP address: the first frame as a still, and what the stream is.</summary>
internal sealed class StreamTest(CamerasOptions options, BoxFolders folders, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    /// <summary>Tries the transport that was asked for, then the other one where the camera speaks only that.</summary>
    public async Task<StreamAnswer> TryAsync(CameraOptions camera, CancellationToken stop)
    {
        if (CamerasOptions.FaultsOf([camera]).ToList() is { Count: > 0 } faults)
            return StreamAnswer.No(string.Join(' ', faults));
        var answer = await AskAsync(StreamAddress.Of(camera, camera.Url), stop);
        if (answer.Fault != StreamFault.OtherTransport)
            return answer with { Transport = camera.Transport };
        var other = camera.Transport == "tcp" ? "udp" : "tcp";
        return (await AskAsync(new(camera.Url, camera.User, camera.Password, other), stop)) with { Transport = other };
    }

    private async Task<StreamAnswer> AskAsync(StreamAddress address, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        enough.CancelAfter(Patience);
        byte[]? still = null;
        string? codec = null;
        var size = new Size();
        void Frame(PlanarPicture picture)
        {
            using (picture)
            {
                if (still is null)
                    (still, size) = (picture.Bgr.ImEncode(".jpg"), picture.Bgr.Size());
            }

            Done();
        }

        void Fragment(Fragment fragment)
        {
            codec ??= fragment.Epoch.Codec;
            Done();
        }

        void Done()
        {
            if (still is not null && codec is not null)
                enough.Cancel();
        }

        string? fault = null;
        try
        {
            var reader = new CameraReader(options, folders.Scratch, time);
            var ended = await reader.RunOnceAsync(address, new(Frame, Fragment), enough.Token);
            if (ended == StreamFault.UselessTimestamps)
                ended = await reader.RunOnceAsync(address.TimedByArrival(), new(Frame, Fragment), enough.Token);
            fault = ended.Detail;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            fault = $"no picture within {Patience.TotalSeconds:0} s";
        }

        return still is null
            ? StreamAnswer.No(fault ?? "no picture")
            : new(null, codec is null ? null : codec.StartsWith("hvc", StringComparison.Ordinal) ? "H.265" : "H.264", codec?.StartsWith("avc1", StringComparison.Ordinal) ?? false, size.Width, size.Height, null, Convert.ToBase64String(still));
    }
}
