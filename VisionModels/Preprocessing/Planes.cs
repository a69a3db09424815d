using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Sessions;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Preprocessing;

/// <summary>Writes 8-bit BGR pixels into the planes of a tensor. Not thread-safe: its buffers are reused.</summary>
internal sealed class Planes(ModelInput input) : IDisposable
{
    private readonly Mat[] channels = [new(), new(), new()];

    /// <summary>
    /// Writes <paramref name="bgr"/> (<c>CV_8UC3</c>, of the tensor's width and height) as one picture of the run's input: <c>(v - mean) ×
    /// scale</c>, in the model's colour order.
    /// </summary>
    public void Write(Mat bgr, BoundRun run, int picture)
    {
        if (bgr.Type() != MatType.CV_8UC3 || bgr.Rows != run.Shape[2] || bgr.Cols != run.Shape[3])
            throw new ArgumentException(
                $"8-bit BGR of {run.Shape[3]}×{run.Shape[2]} is required, but the picture is {bgr.Type()} of {bgr.Cols}×{bgr.Rows}.",
                nameof(bgr)
            );
        for (var c = 0; c < channels.Length; c++)
        {
            Cv2.ExtractChannel(bgr, channels[c], c);
            channels[c]
                .ConvertTo(run.Plane(picture, input.Colour == "RGB" ? 2 - c : c), MatType.CV_32FC1, input.Scale, -input.Mean * input.Scale);
        }
    }

    public void Dispose()
    {
        foreach (var channel in channels)
            channel.Dispose();
    }
}
