using BrightKitchen.CentralServer.Sites;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Dates that belong to no single site are the city's, not those of UTC, which is eight hours behind.</summary>
public sealed class CityTimeTests
{
    [Fact]
    public void A_day_whose_midnight_was_skipped_begins_as_well() =>
        // The clocks of Shanghai were put forward at midnight.
        CityTime.Begin(new(1941, 3, 15)).ShouldBe(CityTime.Begin(new(1941, 3, 14)).AddDays(1));

    [Theory]
    [InlineData("2026-01-01T15:59:59Z", "2026-01-01")]
    [InlineData("2026-01-01T16:00:00Z", "2026-01-02")]
    [InlineData("2026-01-01T23:59:59Z", "2026-01-02")]
    public void A_day_begins_at_midnight_in_the_city(string now, string day)
    {
        var at = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        var expected = DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

        CityTime.Today(new FakeTimeProvider(at)).ShouldBe(expected);
        CityTime.Begin(expected).ShouldBeLessThanOrEqualTo(at);
        CityTime.Begin(expected.AddDays(1)).ShouldBeGreaterThan(at);
        CityTime.Begin(expected).Offset.ShouldBe(TimeSpan.Zero, "PostgreSQL takes instants in UTC alone");
    }
}
