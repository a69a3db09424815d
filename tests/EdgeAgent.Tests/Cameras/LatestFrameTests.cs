using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

public sealed class LatestFrameTests
{
    [Fact]
    public void The_newest_frame_wins_and_the_evicted_ones_are_counted_and_freed()
    {
        var dropped = 0;
        var inbox = new LatestFrame(new(), () => dropped++);
        var frames = Enumerable
            .Range(0, 5)
            .Select(i => new Frame(CameraId.Parse("a", null), DateTimeOffset.UnixEpoch.AddSeconds(i), new(new Mat(3, 2, MatType.CV_8UC1))))
            .ToList();
        frames.ForEach(inbox.Put);
        inbox.TryTake(out var taken).ShouldBeTrue();
        taken.ShouldBeSameAs(frames[4]);
        dropped.ShouldBe(4);
        frames.Take(4).ShouldAllBe(f => f.Picture.IsDisposed);
        frames[4].Picture.IsDisposed.ShouldBeFalse();
        inbox.TryTake(out _).ShouldBeFalse();
        taken!.Dispose();
    }
}
