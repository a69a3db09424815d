using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Recording;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Installer;

/// <summary>What a tried address gave.</summary>
/// <param name="Fault">Why there is no picture; null where there is one.</param>
/// <param name="Codec"><c>H.264</c> or <c>H.265</c>.</param>
/// <param name="Plays">Whether browsers play the copied stream.</param>
/// <param name="Still">A JPEG, base64.</param>
internal sealed record StreamAnswer(string? Fault, string? Codec, bool Plays, int Width, int Height, string? Still);

/// <summary>Tries an RTSP address: the first frame as a still, and what the stream is.</summary>
internal sealed class StreamTest(CamerasOptions options, BoxFolders folders, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    public async Task<StreamAnswer> TryAsync(CameraOptions camera, CancellationToken stop)
    {
        if (CamerasOptions.FaultsOf([camera]).ToList() is { Count: > 0 } faults)
            return new(string.Join(' ', faults), null, false, 0, 0, null);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        enough.CancelAfter(Patience);
        byte[]? still = null;
        string? codec = null;
        var size = new Size();
        void Frame(Mat bgr)
        {
            using (bgr)
            {
                if (still is null)
                    (still, size) = (bgr.ImEncode(".jpg"), bgr.Size());
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
            fault = (await new CameraReader(options, folders.Scratch, time).RunOnceAsync(StreamAddress.Of(camera, camera.Url), new(Frame, Fragment), enough.Token)).Detail;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            fault = $"no picture within {Patience.TotalSeconds:0} s";
        }

        return still is null
            ? new(fault, null, false, 0, 0, null)
            : new(null, codec is null ? null : codec.StartsWith("hvc", StringComparison.Ordinal) ? "H.265" : "H.264", codec?.StartsWith("avc1", StringComparison.Ordinal) ?? false, size.Width, size.Height, Convert.ToBase64String(still));
    }
}
