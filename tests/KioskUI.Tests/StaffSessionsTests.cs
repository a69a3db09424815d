using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Staff;
using BrightKitchen.KioskUI.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>Who gets in, how often one may try, and when a visit is over.</summary>
public sealed class StaffSessionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-kiosk-").FullName;
    private readonly FakeTimeProvider time = new(new(2026, 11, 25, 4, 0, 0, TimeSpan.Zero));
    private readonly KioskStore store;
    private readonly StaffSessions sessions;

    public StaffSessionsTests()
    {
        store = new(folder, NullLogger<KioskStore>.Instance);
        store.Told(KioskStoreTests.Site());
        sessions = new(store, time);
    }

    [Fact]
    public void A_number_or_a_badge_lets_in_and_a_minute_without_a_touch_ends_it()
    {
        var (pin, badge) = (sessions.ByPin("246810"), sessions.ByBadge(KioskKeys.BadgeBefore + "X"));
        sessions.Find(pin)!.Who.Name.ShouldBe("王秀英");
        time.Advance(TimeSpan.FromSeconds(50));
        sessions.Find(pin).ShouldNotBeNull();
        time.Advance(TimeSpan.FromSeconds(50));
        (sessions.Find(pin) is not null, sessions.Find(badge) is not null).ShouldBe((true, false));
        sessions.End(pin);
        sessions.Find(pin).ShouldBeNull();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("24681")]
    [InlineData("2468100")]
    [InlineData("24681a")]
    [InlineData("000000")]
    public void What_is_no_number_of_anybody_lets_nobody_in(string? pin)
    {
        sessions.ByPin(pin).ShouldBeNull();
        store.Lock.Fails.ShouldBe(1);
    }

    [Fact]
    public void Wrong_numbers_make_everybody_wait_longer_and_longer_also_over_a_restart()
    {
        for (var i = 0; i < 5; i++)
            sessions.ByPin("000000").ShouldBeNull();
        sessions.Locked.ShouldBe(TimeSpan.FromSeconds(30));
        sessions.ByPin("246810").ShouldBeNull("the right one too: else the lock would tell that it is right");
        new StaffSessions(store, time).Locked.ShouldBe(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(31));
        sessions.ByPin("000000").ShouldBeNull();
        sessions.Locked.ShouldBe(TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromSeconds(61));
        sessions.ByPin("246810").ShouldNotBeNull();
        (store.Lock.Fails, sessions.Locked).ShouldBe((0, TimeSpan.Zero));
        for (var i = 0; i < 40; i++)
        {
            time.Advance(TimeSpan.FromMinutes(16));
            sessions.ByPin("000000");
        }

        sessions.Locked.ShouldBe(TimeSpan.FromMinutes(15));
    }

    [Fact]
    public void A_badge_that_nobody_has_is_not_counted_however_often_it_is_held_before_the_camera()
    {
        for (var i = 0; i < 100; i++)
            sessions.ByBadge(KioskKeys.BadgeBefore + "Y").ShouldBeNull();
        (store.Lock.Fails, sessions.ByPin("246810") is not null).ShouldBe((0, true));
    }

    [Fact]
    public void Who_left_is_nobody_at_the_next_touch()
    {
        var key = sessions.ByPin("246810");
        store.Told(KioskStoreTests.Site(new KioskStaff("two", "another", "", null, null, null, null)));
        sessions.Find(key).ShouldBeNull();
        var (again, _) = (sessions.ByPin("246810"), store.Site);
        again.ShouldBeNull();
    }

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(folder, true);
    }
}
