using System.Net;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The address of a site's public page, which who knows the site's id does not know.</summary>
public sealed class VisitTokenTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sites_id_opens_no_public_page()
    {
        var site = await server.DemoSiteAsync();
        using var stranger = server.Client();
        (await stranger.GetAsync($"/visit/{site}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var visit = await server.VisitAsync(site);
        (await stranger.GetAsync(visit, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await RunningServer.PostFormAsync(stranger, visit, $"/visit/{site}/feedback", new() { ["text"] = "x" })).StatusCode.ShouldBe(
            HttpStatusCode.NotFound,
            "nor does it take a report"
        );
    }

    [Fact]
    public async Task A_manager_replaces_the_address_and_the_old_one_opens_nothing_from_then_on_while_the_kiosk_shows_the_new_one()
    {
        using var box = await server.BoxAsync("a school by the river");
        var site = await server.SiteOfAsync(box.Id);
        var old = await server.VisitAsync(site);
        using var stranger = server.Client();
        using var parent = await server.SignInAsync("parent");
        (await RunningServer.PostFormAsync(parent, "/school", $"/sites/{site}/visit-token", [])).StatusCode.ShouldBe(
            HttpStatusCode.Forbidden
        );
        using var foreign = await server.SignInAsync("manager");
        (await RunningServer.PostFormAsync(foreign, "/account", $"/sites/{site}/visit-token", [])).StatusCode.ShouldBe(
            HttpStatusCode.NotFound,
            "no site of theirs"
        );
        using var admin = await server.SignInAsync("admin");
        var answer = await RunningServer.PostFormAsync(admin, "/account", $"/sites/{site}/visit-token", []);
        // The command makes a school without a region, which only who was granted it sees.
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            await server.WithDbAsync(async db =>
            {
                var person = db.Users.Single(u => u.UserName == "admin").Id;
                db.Grants.Add(
                    new Sites.Grant
                    {
                        Id = Guid.NewGuid().ToString("N"),
                        PersonId = person,
                        SiteId = site,
                    }
                );
                return await db.SaveChangesAsync(Cancel);
            });
            answer = await RunningServer.PostFormAsync(admin, "/account", $"/sites/{site}/visit-token", []);
        }

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var fresh = await server.VisitAsync(site);
        fresh.ShouldNotBe(old);
        foreach (var path in new[] { old, $"{old}/live/{box.Id}/line" })
            (await stranger.GetAsync(path, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        (await stranger.GetAsync(fresh, Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (
            await server.WithDbAsync(async db =>
                (await new KioskSiteQuery(db, new FakeTimeProvider(TimeProvider.System.GetUtcNow())).OfAsync(site, Cancel))!.VisitPath
            )
        ).ShouldBe(fresh);
    }

    [Fact]
    public async Task Sites_from_before_there_were_tokens_get_one_each()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-visit-").FullName;
        try
        {
            var options = new DbContextOptionsBuilder<CentralDb>()
                .UseSqlite($"Data Source={Path.Combine(folder, "central.db")};Pooling=False")
                .Options;
            await using var db = new CentralDb(options);
            var before = db.Database.GetMigrations().Last(m => m.EndsWith("_Initial", StringComparison.Ordinal));
            await db.GetService<IMigrator>().MigrateAsync(before, Cancel);
            foreach (var id in new[] { "a", "b", "c" })
                await db.Database.ExecuteSqlAsync(
                    $"INSERT INTO Sites (Id, Name, Kind, RegionPath, TimeZone) VALUES ({id}, 'x', 'restaurant', '/', 'Asia/Shanghai')",
                    Cancel
                );
            await db.Database.MigrateAsync(Cancel);
            var tokens = await db.Sites.Select(s => s.VisitToken).ToListAsync(Cancel);
            tokens.Distinct().Count().ShouldBe(3);
            tokens.ShouldAllBe(t => t.Length >= 26);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
