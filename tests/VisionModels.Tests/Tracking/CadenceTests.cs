using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.VisionModels.Tests.Tracking;

public class CadenceTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.2, 10.0 / 3)]
    [InlineData(0.04, 10.0 / 3)]
    [InlineData(0.25, 10.0 / 3)]
    [InlineData(0.3, 10.0 / 3)]
    [InlineData(1.0, 1)]
    public void The_mean_rate_is_the_one_asked_for_or_the_frames_own_on_any_grid(double grid, double rate)
    {
        var (cadence, turns) = (new Cadence(TimeSpan.FromSeconds(0.3)), 0);
        for (var i = 0; i < 60 / grid; i++)
        {
            if (!cadence.IsDue(Start.AddSeconds(i * grid)))
                continue;
            cadence.Done(Start.AddSeconds(i * grid));
            turns++;
        }

        (turns / 60.0).ShouldBe(rate, 0.05);
    }

    [Fact]
    public void What_was_missed_for_long_is_not_made_up_for_and_a_clock_that_was_set_back_silences_nothing()
    {
        var cadence = new Cadence(TimeSpan.FromSeconds(0.3));
        cadence.Done(Start);
        cadence.IsDue(Start.AddSeconds(0.1)).ShouldBeFalse();
        cadence.Done(Start.AddSeconds(60));
        cadence.IsDue(Start.AddSeconds(60.2)).ShouldBeFalse();
        cadence.IsDue(Start.AddHours(-5)).ShouldBeTrue();
    }
}
