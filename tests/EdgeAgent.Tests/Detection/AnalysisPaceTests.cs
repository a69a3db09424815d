using BrightKitchen.EdgeAgent.Detection;

namespace BrightKitchen.EdgeAgent.Tests.Detection;

public sealed class AnalysisPaceTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.02, true, 3.0, 25)]
    [InlineData(0.02, false, 3.0, 25)]
    [InlineData(0, true, 3.0, 13)]
    [InlineData(0, false, 3.0, 5)]
    [InlineData(0, false, 0.6, 25)]
    [InlineData(0, false, 0.0, 25)]
    public void Five_seconds_of_five_frames_are_looked_at_as_often_as_the_scene_and_the_rules_need(
        double motion,
        bool seen,
        double dwell,
        int looks
    )
    {
        var pace = new AnalysisPace(TimeSpan.FromSeconds(dwell));
        // The last motion is long ago when the stretch begins.
        pace.Due(Start.AddSeconds(-10), 1);
        pace.Looked(Start.AddSeconds(-10), seen);
        Count(pace, motion, seen).ShouldBe(looks);
    }

    [Fact]
    public void The_first_motion_is_looked_at_at_once_and_two_seconds_on()
    {
        var pace = new AnalysisPace(TimeSpan.FromSeconds(3));
        pace.Due(Start.AddSeconds(-10), 1);
        pace.Looked(Start.AddSeconds(-0.2), false);
        pace.Due(Start, 0.01).ShouldBeTrue();
        pace.Looked(Start, false);
        pace.Due(Start.AddSeconds(1.8), 0).ShouldBeTrue();
        pace.Looked(Start.AddSeconds(2.2), false);
        pace.Due(Start.AddSeconds(2.4), 0).ShouldBeFalse();
    }

    [Fact]
    public void A_clock_that_is_set_back_silences_nothing()
    {
        var pace = new AnalysisPace(TimeSpan.FromSeconds(3));
        pace.Due(Start, 1);
        pace.Looked(Start, false);
        pace.Due(Start.AddHours(-5), 0).ShouldBeTrue();
    }

    private static int Count(AnalysisPace pace, double motion, bool seen)
    {
        var looks = 0;
        for (var frame = 0; frame < 25; frame++)
        {
            var at = Start.AddSeconds(frame * 0.2);
            if (!pace.Due(at, motion))
                continue;
            pace.Looked(at, seen);
            looks++;
        }

        return looks;
    }
}
