using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>A picture as decoders give it, 8-bit planar 4:2:0 (I420); owns its pixels. Not thread-safe.</summary>
/// <param name="planes">Half as many rows again as the picture has; its own from here on.</param>
internal sealed class PlanarPicture(Mat planes) : IDisposable
{
    private readonly Mat luma = Mat.FromPixelData(planes.Rows * 2 / 3, planes.Cols, MatType.CV_8UC1, planes.Data);
    private Mat? bgr;

    /// <summary>8-bit brightness.</summary>
    public Mat Luma => luma;

    /// <summary>8-bit BGR; made when it is first asked for, as most frames of a still kitchen need no colour.</summary>
    public Mat Bgr
    {
        get
        {
            if (bgr is null)
                Cv2.CvtColor(planes, bgr = new Mat(), ColorConversionCodes.YUV2BGR_I420);
            return bgr;
        }
    }

    public bool IsDisposed => planes.IsDisposed;

    public void Dispose()
    {
        luma.Dispose();
        bgr?.Dispose();
        planes.Dispose();
    }
}
