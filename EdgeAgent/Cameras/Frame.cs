using System.Threading.Channels;
using BrightKitchen.Contracts;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>One decoded frame; owns its pixels. Not thread-safe.</summary>
/// <param name="at">When it arrived, UTC.</param>
/// <param name="planes">8-bit planar 4:2:0 (I420), half as many rows again as the picture has; the frame's own from here on.</param>
internal sealed class Frame(CameraId camera, DateTimeOffset at, Mat planes) : IDisposable
{
    private readonly Mat luma = Mat.FromPixelData(planes.Rows * 2 / 3, planes.Cols, MatType.CV_8UC1, planes.Data);
    private Mat? bgr;

    public CameraId Camera => camera;

    public DateTimeOffset At => at;

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

/// <summary>Rings when a frame came to any inbox; many rings before an answer are one.</summary>
internal sealed class Doorbell
{
    private readonly Channel<bool> rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => rung.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken stop) => rung.Reader.ReadAsync(stop);
}

/// <summary>Holds one camera's newest unjudged frame: a newer one evicts it, disposed and told to <paramref name="dropped"/>.</summary>
internal sealed class FrameInbox(Doorbell bell, Action dropped)
{
    private readonly Channel<Frame> newest = Channel.CreateBounded<Frame>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest },
        evicted =>
        {
            evicted.Dispose();
            dropped();
        });

    public void Put(Frame frame)
    {
        if (newest.Writer.TryWrite(frame))
            bell.Ring();
        else
            frame.Dispose();
    }

    public bool TryTake(out Frame? frame) => newest.Reader.TryRead(out frame);
}
