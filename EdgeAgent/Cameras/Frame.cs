using System.Threading.Channels;
using BrightKitchen.Contracts;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>One decoded frame; owns its picture.</summary>
/// <param name="At">Arrival time, UTC.</param>
internal sealed record Frame(CameraId Camera, DateTimeOffset At, PlanarPicture Picture) : IDisposable
{
    /// <summary>8-bit luma plane, <c>CV_8UC1</c>.</summary>
    public Mat Luma => Picture.Luma;

    /// <summary>8-bit BGR.</summary>
    public Mat Bgr => Picture.Bgr;

    public void Dispose() => Picture.Dispose();
}

/// <summary>Signals that a frame arrived for any camera; signals before the next wait are merged into one.</summary>
internal sealed class FrameSignal
{
    private readonly Channel<bool> rung = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    public void Ring() => rung.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken stop) => rung.Reader.ReadAsync(stop);
}

/// <summary>
/// Holds one camera's newest frame that is not analysed yet: a newer frame evicts it, which disposes it and calls
/// <paramref name="dropped"/>.
/// </summary>
internal sealed class LatestFrame(FrameSignal bell, Action dropped)
{
    private readonly Channel<Frame> newest = Channel.CreateBounded<Frame>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest },
        evicted =>
        {
            evicted.Dispose();
            dropped();
        }
    );

    public void Put(Frame frame)
    {
        if (newest.Writer.TryWrite(frame))
            bell.Ring();
        else
            frame.Dispose();
    }

    public bool TryTake(out Frame? frame) => newest.Reader.TryRead(out frame);
}
