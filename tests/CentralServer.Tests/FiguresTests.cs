using System.Security.Claims;
using BrightKitchen.CentralServer.City;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Figures are of what they are said to be of, however much there is elsewhere, and cost no more for it.</summary>
public sealed class FiguresTests(RunningServer server, OwnPostgres postgres) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 4, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-figures-").FullName;
    private readonly FakeTimeProvider time = new(Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(new[] { 1.0, 2, 10 }, 2.0)]
    [InlineData(new[] { 1.0, 2, 4, 10 }, 3.0)]
    [InlineData(new double[0], null)]
    public async Task The_median_time_to_close_is_the_regions_own_whatever_was_closed_elsewhere(double[] hours, double? median)
    {
        var open = await server.NewDatabaseAsync(folder);
        await using var db = open();
        var tree = new RegionTree(db);
        var (mine, busy) = (await tree.AddRegionAsync("mine", null, Cancel), await tree.AddRegionAsync("busy", null, Cancel));
        var (calm, other) = (
            await tree.AddSiteAsync("calm", SiteKinds.Restaurant, mine, Cancel),
            await tree.AddSiteAsync("other", SiteKinds.Restaurant, busy, Cancel)
        );
        db.Users.Add(new Identity.Person { Id = "me", UserName = "me" });
        AddBox(db, other.Id);
        await tree.GrantAsync("me", mine, Cancel);
        await tree.GrantAsync("me", busy, Cancel);
        foreach (var h in hours)
            Closed(db, calm.Id, Noon.AddDays(-2), h);
        // More, and newer, than any one query read before.
        for (var i = 0; i < 5100; i++)
            Closed(db, other.Id, Noon.AddHours(-1), 50);
        await db.SaveChangesAsync(Cancel);
        var view = await FiguresAsync(db, mine.Id);
        view.HoursToClose.ShouldBe(median);
        (await FiguresAsync(db, busy.Id)).HoursToClose.ShouldBe(50);
    }

    [Fact]
    public async Task An_overdue_alarm_marks_its_site_however_many_newer_findings_there_are()
    {
        var open = await server.NewDatabaseAsync(folder);
        await using var db = open();
        db.Sites.Add(new Site { Id = "s", Name = "s" });
        AddBox(db, "s");
        db.Findings.Add(Make("s", Noon.AddDays(-40), Stages.Ordered, tier: 1, level: 2, overdue: Noon.AddDays(-30)));
        for (var i = 0; i < 60; i++)
            db.Findings.Add(Make("s", Noon.AddHours(-i), Stages.Confirmed));
        await db.SaveChangesAsync(Cancel);
        (await new KioskSiteQuery(db, time).OfAsync("s", Cancel))!.Mark.ShouldBe("red");
        (await FindingView.MarkOfAsync(db, "nowhere", Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Who_is_woken_for_a_kitchen_is_found_by_one_query_however_many_subscribe()
    {
        var counter = new CommandCounter();
        var open = await postgres.MigratedAsync(counter);
        await using var db = open();
        var tree = new RegionTree(db);
        var city = await tree.AddRegionAsync("city", null, Cancel);
        var district = await tree.AddRegionAsync("district", city, Cancel);
        var (mine, other) = (
            await tree.AddSiteAsync("mine", SiteKinds.Restaurant, district, Cancel),
            await tree.AddSiteAsync("other", SiteKinds.Restaurant, city, Cancel)
        );
        db.Roles.Add(new IdentityRole(Identity.Roles.Manager) { Id = "keeper" });
        db.Roles.Add(new IdentityRole(Identity.Roles.Parent) { Id = "parent" });
        for (var i = 0; i < 300; i++)
            await SubscribeAsync($"elsewhere-{i}", "keeper", other);
        await SubscribeAsync("here", "keeper", mine);
        await SubscribeAsync("parent-here", "parent", mine);
        await SubscribeAsync("above", "keeper", null);
        await db.SaveChangesAsync(Cancel);
        counter.Clear();
        (await PushSender.ManagerSubscriptionsAsync(db, mine.Id, Cancel)).Select(s => s.PersonId).Order().ShouldBe(["above", "here"]);
        counter.Commands.Count.ShouldBe(1);

        Task SubscribeAsync(string person, string role, Site? site)
        {
            db.Users.Add(
                new Identity.Person
                {
                    Id = person,
                    UserName = person,
                    DisplayName = person,
                }
            );
            db.UserRoles.Add(new IdentityUserRole<string> { UserId = person, RoleId = role });
            db.PushSubscriptions.Add(
                new PushSubscription
                {
                    Id = person,
                    PersonId = person,
                    Endpoint = "x",
                }
            );
            db.Grants.Add(
                new Grant
                {
                    Id = person,
                    PersonId = person,
                    SiteId = site?.Id,
                    RegionId = site is null ? city.Id : null,
                    RegionPath = site is null ? city.Path : null,
                }
            );
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Risk_writes_what_changed_alone_and_one_server_at_a_time_works_it_out()
    {
        var counter = new CommandCounter();
        var open = await postgres.MigratedAsync(counter);
        await using (var db = open())
        {
            foreach (var id in new[] { "a", "b", "c" })
                db.Sites.Add(new Site { Id = id, Name = id });
            AddBox(db, "b");
            await db.SaveChangesAsync(Cancel);
        }

        (await RefreshAsync(open)).ShouldBe(3);
        time.Advance(TimeSpan.FromMinutes(5));
        counter.Clear();
        (await RefreshAsync(open)).ShouldBe(0);
        counter.Writes.ShouldBeEmpty();
        await using (var db = open())
        {
            db.Findings.Add(Make("b", time.GetUtcNow(), Stages.Confirmed, tier: 1));
            await db.SaveChangesAsync(Cancel);
        }

        (await RefreshAsync(open)).ShouldBe(1);
        await using (var db = open())
        {
            (await db.Risks.SingleAsync(r => r.SiteId == "b", Cancel)).At.ShouldBe(Noon.AddMinutes(5));
            (await db.Risks.SingleAsync(r => r.SiteId == "a", Cancel)).At.ShouldBe(Noon);
        }

        await using var first = open();
        await using var transaction = await first.Database.BeginTransactionAsync(Cancel);
        await first.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({RiskCalculator.RefreshLock})", Cancel);
        (await RefreshAsync(open)).ShouldBeNull("another server is at it");
    }

    private async Task<int?> RefreshAsync(Func<CentralDb> open)
    {
        await using var db = open();
        return await new RiskCalculator(db, new(), time).RefreshAsync(Cancel);
    }

    private async Task<CityView> FiguresAsync(CentralDb db, string region)
    {
        var http = new HttpContextAccessor
        {
            HttpContext = new DefaultHttpContext { User = new(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, "me")], "test")) },
        };
        return (
            await new CityFigures(db, new SiteScope(db, http), new CityFiguresCache(time), time).OfAsync(
                region,
                Noon.AddDays(-7),
                Noon.AddDays(1),
                fresh: true,
                Cancel
            )
        )!;
    }

    private static void Closed(CentralDb db, string site, DateTimeOffset at, double hours)
    {
        var finding = Make(site, at, Stages.Closed);
        (finding.ConfirmedAt, finding.OverAt) = (at.AddMinutes(7), at.AddMinutes(7).AddHours(hours));
        db.Findings.Add(finding);
    }

    // The one that each finding here is from.
    private static void AddBox(CentralDb db, string site) =>
        db.Boxes.Add(
            new Box
            {
                Id = "b",
                SiteId = site,
                Name = "b",
                PublicKey = "",
                EnrolledAt = Noon,
            }
        );

    private static Finding Make(
        string site,
        DateTimeOffset at,
        string stage,
        int tier = 3,
        int level = 0,
        DateTimeOffset? overdue = null
    ) =>
        new()
        {
            Id = FindingId.New(at).ToString(),
            BoxId = "b",
            SiteId = site,
            Camera = "c",
            Zone = "z",
            Kind = FindingKinds.NoHat,
            Tier = tier,
            Level = level,
            Stage = stage,
            OpenedAt = at,
            ReceivedAt = at,
            OverdueSince = overdue,
        };
}
