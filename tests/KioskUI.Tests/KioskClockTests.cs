using BrightKitchen.KioskUI.Store;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>A screen's machine whose clock is wrong.</summary>
public sealed class KioskClockTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    [InlineData(-86400)]
    public void It_goes_by_the_servers_time_and_a_second_means_nothing(int wrongSeconds)
    {
        var server = new DateTimeOffset(2026, 11, 25, 4, 0, 0, TimeSpan.Zero);
        var time = new FakeTimeProvider(server.AddSeconds(wrongSeconds));
        var clock = new KioskClock(time);
        clock.Now.ShouldBe(time.GetUtcNow());
        clock.Compare(server);
        (clock.Now - server).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(1));
        clock.Compare(null);
        time.Advance(TimeSpan.FromMinutes(5));
        clock.Compare(server.AddMinutes(5).AddSeconds(-1));
        (clock.Now - server.AddMinutes(5)).Duration().ShouldBeLessThan(TimeSpan.FromSeconds(3));
    }
}
