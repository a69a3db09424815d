using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>A picture as decoders output it, 8-bit planar 4:2:0 (I420); owns its pixels. Not thread-safe.</summary>
/// <param name="planes">The Y, U and V planes, <c>CV_8UC1</c> with 3/2 times the picture's rows; owned by this object.</param>
internal sealed class PlanarPicture(Mat planes) : IDisposable
{
    private readonly Mat luma = Mat.FromPixelData(planes.Rows * 2 / 3, planes.Cols, MatType.CV_8UC1, planes.Data);
    private Mat? bgr;

    /// <summary>8-bit luma plane, <c>CV_8UC1</c>; a view of the planes.</summary>
    public Mat Luma => luma;

    /// <summary>8-bit BGR; converted on first access, because most frames of a still kitchen need no colour.</summary>
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
