using BrightKitchen.KioskUI.Wall;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>What tells the screen's service that its page has died.</summary>
public sealed class ScreenCheckTests
{
    [Fact]
    public async Task It_is_well_while_the_wall_asks_and_not_when_nothing_asks_any_more()
    {
        var time = new FakeTimeProvider();
        var check = new ScreenCheck(time);
        async Task<HealthStatus> StateAsync() => (await check.CheckHealthAsync(new(), TestContext.Current.CancellationToken)).Status;
        (await StateAsync()).ShouldBe(HealthStatus.Unhealthy, "no wall is there yet");
        check.Asked();
        time.Advance(ScreenCheck.Silent);
        (await StateAsync()).ShouldBe(HealthStatus.Healthy);
        time.Advance(TimeSpan.FromSeconds(1));
        (await StateAsync()).ShouldBe(HealthStatus.Unhealthy);
    }
}
