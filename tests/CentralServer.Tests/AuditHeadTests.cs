using System.Net;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Sealing;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// What the chain of hashes alone does not show: an end that was cut and a log that was written again, by whoever may change the database.
/// </summary>
public sealed class AuditHeadTests(RunningServer shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cut", AuditHeads.Cut)]
    [InlineData("emptied", AuditHeads.Cut)]
    [InlineData("rewritten", AuditHeads.Rewritten)]
    [InlineData("nothing", null)]
    public async Task An_exported_head_shows_what_was_cut_or_written_again(string how, string? fault)
    {
        await using var server = await HostedServer.StartAsync(shared);
        await WriteAsync(server, 20);
        var heads = server.Services.GetRequiredService<AuditHeads>();
        await heads.ExportAsync(Cancel);
        await WriteAsync(server, 3);
        await server.WithAsync<CentralDb, int>(db => TamperAsync(db, how));
        (await server.WithAsync<AuditLog, (long, long, long? Broken)>(log => log.CheckAsync(null, Cancel))).Broken.ShouldBeNull(
            "the chain alone is whole"
        );
        var found = await heads.CheckAsync(all: true, Cancel);
        found.Fault.ShouldBe(fault);
        found.Heads.ShouldBeGreaterThan(0);
        var before = await File.ReadAllTextAsync(heads.File, Cancel);
        await heads.ExportAsync(Cancel);
        (await File.ReadAllTextAsync(heads.File, Cancel) == before).ShouldBe(fault is not null, "nothing is signed over what does not fit");
    }

    [Fact]
    public async Task A_head_of_another_key_and_an_interrupted_line_are_not_taken_for_one_of_the_servers()
    {
        await using var server = await HostedServer.StartAsync(shared);
        await WriteAsync(server, 5);
        var heads = server.Services.GetRequiredService<AuditHeads>();
        await heads.ExportAsync(Cancel);
        await File.AppendAllTextAsync(heads.File, "eyJhbGciOi", Cancel);
        (await heads.CheckAsync(all: false, Cancel)).Fault.ShouldBeNull("an interrupted write is no head");
        await WriteAsync(server, 1);
        await heads.ExportAsync(Cancel);
        (await heads.CheckAsync(all: false, Cancel)).ShouldSatisfyAllConditions(
            c => c.Fault.ShouldBeNull(),
            c => c.Newest.ShouldNotBeNull()
        );
        using var stranger = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        await File.AppendAllTextAsync(heads.File, Jws.Sign(new AuditHead(1, "0", server.Time.GetUtcNow()), stranger) + "\n", Cancel);
        (await heads.CheckAsync(all: false, Cancel)).Fault.ShouldBe(AuditHeads.Unreadable);
    }

    [Fact]
    public async Task Heads_are_exported_by_the_clock_and_only_where_there_is_something_new()
    {
        await using var server = await HostedServer.StartAsync(shared, "--Audit:HeadEvery", "00:10:00");
        var heads = server.Services.GetRequiredService<AuditHeads>();
        await WriteAsync(server, 2);
        await heads.ExportAsync(Cancel);
        var count = (await File.ReadAllLinesAsync(heads.File, Cancel)).Length;
        await heads.ExportAsync(Cancel);
        (await File.ReadAllLinesAsync(heads.File, Cancel)).Length.ShouldBe(count);
        await WriteAsync(server, 1);
        server.Time.Advance(TimeSpan.FromMinutes(11));
        await Until.Async(async () => (await File.ReadAllLinesAsync(heads.File, Cancel)).Length > count);
    }

    [Fact]
    public async Task Who_is_responsible_reads_what_belongs_to_no_site_and_who_is_not_does_not()
    {
        await using var server = await HostedServer.StartAsync(shared);
        var notes = await server.WithAsync<IServiceProvider, (string Made, string Token, string Region, string Away)>(async services =>
        {
            var (db, tree, people) = (
                services.GetRequiredService<CentralDb>(),
                services.GetRequiredService<RegionTree>(),
                services.GetRequiredService<UserManager<Person>>()
            );
            var city = await db.Regions.SingleAsync(r => r.Name == DemoPeople.CityName);
            var district = await db.Regions.SingleAsync(r => r.Name == DemoPeople.DistrictName);
            var elsewhere = await tree.AddRegionAsync("another city", null);
            foreach (var (name, region) in new[] { ("of-district", district), ("of-elsewhere", elsewhere) })
            {
                var person = new Person { UserName = name, DisplayName = name };
                (await people.CreateAsync(person, RunningServer.Password)).Succeeded.ShouldBeTrue();
                await people.AddToRoleAsync(person, Roles.Inspector);
                await tree.GrantAsync(person.Id, region);
            }

            var (admin, inside, outside) = (
                (await people.FindByNameAsync("admin"))!.Id,
                (await people.FindByNameAsync("of-district"))!.Id,
                (await people.FindByNameAsync("of-elsewhere"))!.Id
            );
            await services
                .GetRequiredService<AuditLog>()
                .WriteAsync(
                    [
                        new(admin, AuditActions.Grant, null, $"person/{inside}", "inspector of the district"),
                        new(inside, AuditActions.Token, null, "token/1", "made for read"),
                        new(admin, AuditActions.Order, null, $"region/{district.Id}", "made"),
                        new("", AuditActions.SignIn, null, "server", "unknown: 3 × 198.51.100.7"),
                        new(outside, AuditActions.Token, null, "token/2", "made for read"),
                        new(admin, AuditActions.Order, null, $"region/{city.Id}", "changed"),
                    ],
                    Cancel
                );
            return (inside, "token/1", district.Id, "token/2");
        });
        var regulator = await ReadAsync(server, "regulator");
        regulator.ShouldContain($"person/{notes.Made}");
        regulator.ShouldContain(notes.Token);
        regulator.ShouldContain($"region/{notes.Region}");
        regulator.ShouldContain("server");
        regulator.ShouldNotContain(notes.Away, "another city's");
        var district = await ReadAsync(server, "of-district");
        district.ShouldContain($"region/{notes.Region}");
        district.ShouldContain($"person/{notes.Made}");
        district.ShouldNotContain("server");
        district.Count(s => s.StartsWith("region/", StringComparison.Ordinal)).ShouldBe(1, "the city is not the district's");
        (await ReadAsync(server, "of-elsewhere")).ShouldBe(["server", "token/2"], ignoreOrder: true);
    }

    [Fact]
    public async Task Looking_at_photographs_of_records_and_certificates_is_in_the_log()
    {
        using var manager = await shared.SignInAsync("manager");
        var site = await shared.DemoSiteAsync();
        var token = RunningServer.TokenOf(await manager.GetStringAsync($"/records/{site}", Cancel));
        var name = $"厨工{Guid.NewGuid().ToString("N")[..6]}";
        using var record = Form(
            new()
            {
                ["kind"] = "waste",
                ["v.what"] = name,
                ["v.kilograms"] = "1",
                ["__RequestVerificationToken"] = token,
            }
        );
        (await manager.PostAsync($"/sites/{site}/records", record, Cancel)).Headers.Location!.ToString().ShouldContain("kept=waste");
        using var member = Form(
            new()
            {
                ["name"] = name,
                ["job"] = "x",
                ["certificateUntil"] = "2030-01-01",
                ["__RequestVerificationToken"] = token,
            }
        );
        (await manager.PostAsync($"/sites/{site}/staff", member, Cancel)).Headers.Location!.ToString().ShouldBe($"/staff/{site}");
        var (recordId, memberId) = (
            await shared.WithDbAsync(db =>
                db.Records.Where(r => r.SiteId == site && r.Picture != null && r.Kind == "waste")
                    .OrderByDescending(r => r.Id)
                    .Select(r => r.Id)
                    .FirstAsync()
            ),
            await shared.WithDbAsync(db => db.Staff.Where(s => s.Name == name).Select(s => s.Id).SingleAsync())
        );

        using var inspector = await shared.SignInAsync("inspector");
        (await inspector.GetAsync($"/sites/{site}/records/{recordId}/picture", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await inspector.GetAsync($"/sites/{site}/staff/{memberId}/certificate", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var me = await shared.WithDbAsync(db => db.Users.Where(u => u.UserName == "inspector").Select(u => u.Id).SingleAsync());
        foreach (var subject in new[] { $"record/{recordId}", $"staff/{memberId}" })
            (
                await shared.WithDbAsync(db =>
                    db.AuditEntries.CountAsync(e =>
                        e.Subject == subject && e.Action == AuditActions.View && e.PersonId == me && e.SiteId == site
                    )
                )
            ).ShouldBe(1, subject);
    }

    private static MultipartFormDataContent Form(Dictionary<string, string> fields)
    {
        var form = RunningServer.Form(fields);
        form.Add(new ByteArrayContent(TestPicture.Jpeg()), "picture", "x.jpg");
        return form;
    }

    private static Task<List<string>> ReadAsync(HostedServer server, string name) =>
        server.WithAsync<IServiceProvider, List<string>>(async services =>
        {
            var person = (await services.GetRequiredService<UserManager<Person>>().FindByNameAsync(name))!;
            services.GetRequiredService<Microsoft.AspNetCore.Http.IHttpContextAccessor>().HttpContext =
                new Microsoft.AspNetCore.Http.DefaultHttpContext
                {
                    User = new(
                        new System.Security.Claims.ClaimsIdentity(
                            [new(System.Security.Claims.ClaimTypes.NameIdentifier, person.Id)],
                            "test"
                        )
                    ),
                };
            var db = services.GetRequiredService<CentralDb>();
            return await AuditReaders
                .Of(db, services.GetRequiredService<SiteScope>())
                .Where(e => e.SiteId == null && e.Action != AuditActions.View)
                .Select(e => e.Subject)
                .ToListAsync(Cancel);
        });

    private static async Task WriteAsync(HostedServer server, int lines) =>
        await server.WithAsync<AuditLog, bool>(async log =>
        {
            for (var i = 0; i < lines; i++)
                await log.WriteAsync([new("me", AuditActions.Step, null, $"finding/{i}", "confirm")], Cancel);
            return true;
        });

    // As the database's owner can: the triggers go first.
    private static async Task<int> TamperAsync(CentralDb db, string how)
    {
        if (how == "nothing")
            return 0;
        await db.Database.ExecuteSqlRawAsync(
            db is PostgresDb
                ? "DROP TRIGGER \"AuditEntries_append_only\" ON \"AuditEntries\""
                : "DROP TRIGGER AuditEntries_UPDATE; DROP TRIGGER AuditEntries_DELETE",
            Cancel
        );
        if (how == "cut")
            return await db.AuditEntries.Where(e => e.Number > 10).ExecuteDeleteAsync(Cancel);
        if (how == "emptied")
            return await db.AuditEntries.ExecuteDeleteAsync(Cancel);
        var all = await db.AuditEntries.AsNoTracking().OrderBy(e => e.Number).ToListAsync(Cancel);
        await db.AuditEntries.ExecuteDeleteAsync(Cancel);
        var before = AuditLog.Nothing;
        foreach (var e in all)
        {
            var detail = e.Number == 5 ? "dismiss" : e.Detail;
            var hash = AuditLine.HashOf(e.Number, e.At, e.PersonId, e.Action, e.SiteId, e.Subject, detail, before);
            db.AuditEntries.Add(
                new AuditEntry
                {
                    Number = e.Number,
                    At = e.At,
                    PersonId = e.PersonId,
                    Action = e.Action,
                    SiteId = e.SiteId,
                    Subject = e.Subject,
                    Detail = detail,
                    Before = before,
                    Hash = hash,
                }
            );
            before = hash;
        }

        return await db.SaveChangesAsync(Cancel);
    }
}
