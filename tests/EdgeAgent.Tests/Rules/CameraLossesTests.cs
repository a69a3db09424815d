using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Findings;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Rules;

public sealed class CameraLossesTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);
    private static readonly CameraId Line = CameraId.Parse("line", null);

    [Fact]
    public void A_camera_that_is_taken_out_and_added_again_has_time_for_its_first_frame()
    {
        using var losses = new CameraLosses();
        losses.Follow([Camera()], Start);
        losses.Saw(Seen(Start)).ShouldBeTrue();
        losses.Follow([], Start.AddSeconds(10));
        losses.Saw(Seen(Start.AddSeconds(10))).ShouldBeFalse("it is gone");
        losses.Follow([Camera()], Start.AddHours(1));
        losses.Lost(Line, Start.AddHours(1).AddSeconds(1), isHeard: true).ShouldBeNull();
        losses.Lost(Line, Start.AddHours(1).AddSeconds(89), isHeard: true).ShouldBeNull();
        losses.Lost(Line, Start.AddHours(1).AddSeconds(90), isHeard: true).ShouldNotBeNull("it never gave one");
    }

    [Fact]
    public void A_camera_that_is_added_long_after_the_start_is_not_lost_at_once()
    {
        using var losses = new CameraLosses();
        losses.Follow([], Start);
        losses.Follow([Camera()], Start.AddDays(1));
        losses.Lost(Line, Start.AddDays(1).AddSeconds(5), isHeard: true).ShouldBeNull();
    }

    [Theory]
    [InlineData(false, 30)]
    [InlineData(true, 90)]
    public void A_camera_that_never_answered_is_lost_sooner_than_one_that_sends_without_a_key_frame(bool isHeard, int seconds)
    {
        using var losses = new CameraLosses();
        losses.Follow([Camera()], Start);
        losses.Lost(Line, Start.AddSeconds(seconds - 1), isHeard).ShouldBeNull();
        losses.Lost(Line, Start.AddSeconds(seconds), isHeard).ShouldNotBeNull();
    }

    [Fact]
    public void A_camera_that_is_read_in_another_way_has_time_and_one_that_is_read_as_before_does_not()
    {
        using var losses = new CameraLosses();
        losses.Follow([Camera()], Start);
        losses.Saw(Seen(Start));
        losses.Follow([Camera()], Start.AddSeconds(3));
        losses.Lost(Line, Start.AddSeconds(4), isHeard: true).ShouldNotBeNull();
        losses.Follow([Camera("rtsp://192.0.2.1/other")], Start.AddSeconds(5));
        losses.Lost(Line, Start.AddSeconds(20), isHeard: true).ShouldBeNull();
        losses.Lost(Line, Start.AddSeconds(95), isHeard: true).ShouldNotBeNull();
        losses.Saw(Seen(Start.AddSeconds(96)));
        losses.Lost(Line, Start.AddSeconds(99), isHeard: true).ShouldBeNull();
        losses.Lost(Line, Start.AddSeconds(101), isHeard: true).ShouldNotBeNull();
    }

    private static CameraOptions Camera(string url = "rtsp://192.0.2.1/x") => new() { Id = "line", Url = url };

    private static Observation Seen(DateTimeOffset at) =>
        new(new EdgeAgent.Cameras.Frame(Line, at, new(new Mat(54, 64, MatType.CV_8UC1, Scalar.All(90)))), [], []);
}
