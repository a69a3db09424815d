using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Rules;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Rules;

public sealed class AnalysisRatesTests
{
    private static readonly CameraId Line = CameraId.Parse("line", null);

    [Theory]
    [InlineData(0.2, 5)]
    [InlineData(1, 1)]
    [InlineData(2, 0.5)]
    [InlineData(3.5, 0.3)]
    public void A_steady_camera_has_its_rate(double apart, double rate)
    {
        var time = new FakeTimeProvider();
        var rates = new AnalysisRates(time);
        for (var i = 0; i < 20 / apart; i++)
        {
            time.Advance(TimeSpan.FromSeconds(apart));
            rates.Saw(Line);
        }

        rates.Of(Line).ShouldNotBeNull().ShouldBe(rate, 0.11);
    }

    [Fact]
    public void Nothing_is_said_of_a_camera_that_is_new_silent_or_just_back()
    {
        var time = new FakeTimeProvider();
        var rates = new AnalysisRates(time);
        rates.Of(Line).ShouldBeNull();
        Give(8);
        rates.Of(Line).ShouldBeNull("it is new");
        Give(4);
        rates.Of(Line).ShouldNotBeNull();
        time.Advance(TimeSpan.FromSeconds(5));
        rates.Of(Line).ShouldBeNull("it is lost, which is a finding of its own");
        Give(3);
        rates.Of(Line).ShouldBeNull("it is just back");
        rates.Keep([]);
        rates.Of(Line).ShouldBeNull();

        void Give(int seconds)
        {
            for (var i = 0; i < seconds * 5; i++)
            {
                time.Advance(TimeSpan.FromSeconds(0.2));
                rates.Saw(Line);
            }
        }
    }
}
