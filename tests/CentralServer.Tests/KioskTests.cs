using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What a lobby's kiosk may ask and tell.</summary>
public sealed class KioskTests(RunningServer server)
{
    private static readonly byte[] Picture = TestPicture.Jpeg();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_kiosks_code_lets_in_a_kiosk_once_and_no_box_and_a_boxs_code_no_kiosk()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var client = server.Client();
        async Task<HttpStatusCode> EnrolAsync(string route, string code) =>
            (
                await client.PostAsJsonAsync(
                    route,
                    new EnrolmentRequest(code, Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()), "lobby"),
                    Cancel
                )
            ).StatusCode;
        // By the commands of an installer; everywhere else in these tests codes are made in this process.
        var kiosk = await server.Process.CodeByCommandAsync("kiosk-code", null, Cancel);
        var box = await server.Process.CodeByCommandAsync("enrolment-code", null, Cancel);
        (await EnrolAsync(BoxRoutes.Enrol, kiosk)).ShouldBe(HttpStatusCode.Unauthorized);
        (await EnrolAsync(KioskRoutes.Enrol, box)).ShouldBe(HttpStatusCode.Unauthorized);
        (await EnrolAsync(KioskRoutes.Enrol, kiosk)).ShouldBe(HttpStatusCode.OK);
        (await EnrolAsync(KioskRoutes.Enrol, kiosk)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Only_its_own_fresh_token_opens_and_a_revoked_kiosk_is_nobody()
    {
        using var kiosk = await KioskAsync();
        (await kiosk.GetAsync(KioskRoutes.Site)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var stranger = new TestKiosk(server.Process.Address) { Id = kiosk.Id };
        (await stranger.GetAsync(KioskRoutes.Site)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "another key");
        (await kiosk.GetAsync(KioskRoutes.Site, audience: BoxRoutes.Audience)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await kiosk.GetAsync(KioskRoutes.Site, ago: TimeSpan.FromMinutes(20))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await kiosk.GetAsync(KioskRoutes.Site, life: TimeSpan.FromHours(2))).StatusCode.ShouldBe(
            HttpStatusCode.Unauthorized,
            "one for ever is none"
        );
        (await kiosk.GetAsync(BoxRoutes.Hub + "/negotiate?negotiateVersion=1")).StatusCode.ShouldBeOneOf(
            HttpStatusCode.Unauthorized,
            HttpStatusCode.MethodNotAllowed,
            HttpStatusCode.NotFound
        );
        (await kiosk.GetAsync("/api/v1/findings")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var admin = await server.SignInAsync("admin");
        await RunningServer.PostFormAsync(admin, "/boxes", $"/kiosks/{kiosk.Id}/revoke", new() { ["confirm"] = "yes" });
        var refused = await kiosk.GetAsync(KioskRoutes.Site);
        (refused.StatusCode, refused.Headers.WwwAuthenticate.ToString().Contains(KioskRoutes.Revoked, StringComparison.Ordinal)).ShouldBe(
            (HttpStatusCode.Unauthorized, true)
        );
        // A stranger who names it, or a token of yesterday, is not told: a kiosk forgets its site's people by that word.
        foreach (
            var other in new[]
            {
                await stranger.GetAsync(KioskRoutes.Site),
                await kiosk.GetAsync(KioskRoutes.Site, ago: TimeSpan.FromDays(1)),
            }
        )
            other.Headers.WwwAuthenticate.ToString().ShouldNotContain(KioskRoutes.Revoked);
    }

    [Fact]
    public async Task The_same_entry_twice_is_one_record_with_its_picture_and_its_time()
    {
        using var kiosk = await KioskAsync();
        var member = await server.MemberAsync(await server.DemoSiteAsync());
        var digest = Convert.ToHexStringLower(SHA256.HashData(Picture));
        (await kiosk.PutAsync(KioskRoutes.Picture(digest), Picture)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await kiosk.PutAsync(KioskRoutes.Picture(new('0', 64)), Picture)).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var entry = Entry(
            member,
            RecordKinds.Sample,
            new()
            {
                ["meal"] = "lunch",
                ["dish"] = "红烧牛肉",
                ["grams"] = "130",
            }
        ) with
        {
            Picture = digest,
            At = TimeProvider.System.GetUtcNow().AddDays(-3),
        };
        (await kiosk.TakeAsync(entry)).Fault.ShouldBeNull();
        (await kiosk.TakeAsync(entry)).Fault.ShouldBeNull();
        var kept = await server.WithDbAsync(db => db.Records.SingleAsync(r => r.Id == entry.Id, Cancel));
        kept.Picture.ShouldNotBeNull().ShouldNotBe(digest, "what is stored is the picture without what its file bore");
        (kept.PersonId, kept.At.ToUnixTimeMilliseconds()).ShouldBe(($"staff/{member}", entry.At.ToUnixTimeMilliseconds()));
        (await server.WithDbAsync(db => db.AuditEntries.CountAsync(e => e.Subject == $"record/{entry.Id}", Cancel))).ShouldBe(1);
    }

    [Fact]
    public async Task An_entry_whose_picture_is_not_here_is_not_taken_until_the_picture_came()
    {
        using var kiosk = await KioskAsync();
        var member = await server.MemberAsync(await server.DemoSiteAsync());
        var picture = TestPicture.Jpeg(21, 13);
        var digest = Convert.ToHexStringLower(SHA256.HashData(picture));
        var sample = new Dictionary<string, string>
        {
            ["meal"] = "lunch",
            ["dish"] = "红烧牛肉",
            ["grams"] = "130",
        };
        var entry = Entry(member, RecordKinds.Sample, sample) with { Picture = digest };
        using (var refused = await kiosk.PostAsync(KioskRoutes.Entries, entry))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            var problem = await refused.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>(Cancel);
            problem.GetProperty("type").GetString().ShouldBe(KioskRoutes.PictureMissing);
            problem.GetProperty("detail").GetString()!.ShouldContain(KioskRoutes.Picture(digest));
        }

        (await server.WithDbAsync(db => db.Records.AnyAsync(r => r.Id == entry.Id, Cancel))).ShouldBeFalse();
        (await kiosk.PutAsync(KioskRoutes.Picture(digest), picture)).EnsureSuccessStatusCode();
        (await kiosk.TakeAsync(entry)).Fault.ShouldBeNull();
        var stored = await server.WithDbAsync(db => db.Records.Where(r => r.Id == entry.Id).Select(r => r.Picture).SingleAsync(Cancel));
        stored.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(RecordKinds.Menu, "meal", "lunch", "kind")]
    [InlineData(RecordKinds.Report, "from", "2026-01-01", "kind")]
    [InlineData("nonsense", "what", "x", "kind")]
    [InlineData(RecordKinds.Waste, "secret", "x", "field-secret")]
    [InlineData(RecordKinds.Sample, "grams", "1", "field-meal")]
    public async Task What_staff_may_not_enter_is_settled_with_its_reason(string kind, string field, string value, string fault)
    {
        using var kiosk = await KioskAsync();
        var entry = Entry(await server.MemberAsync(await server.DemoSiteAsync()), kind, new() { [field] = value });
        (await kiosk.TakeAsync(entry)).Fault.ShouldBe(fault);
        (await kiosk.TakeAsync(entry)).Fault.ShouldBe(fault, "the same answer again");
    }

    [Fact]
    public async Task Another_sites_staff_findings_and_a_time_to_come_are_refused()
    {
        using var kiosk = await KioskAsync();
        using var box = await server.BoxAsync("a school behind the dunes");
        await using var hub = await box.ConnectAsync();
        var foreign = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), foreign, Cancel);
        var (mine, theirs) = (
            await server.MemberAsync(await server.DemoSiteAsync()),
            await server.MemberAsync(await server.SiteOfAsync(box.Id))
        );
        Dictionary<string, string> waste = new() { ["what"] = "x", ["kilograms"] = "1" };
        (await kiosk.TakeAsync(Entry(theirs, RecordKinds.Waste, waste))).Fault.ShouldBe("staff");
        (
            await kiosk.TakeAsync(Entry(mine, RecordKinds.Waste, waste) with { At = TimeProvider.System.GetUtcNow().AddHours(1) })
        ).Fault.ShouldBe("time");
        (
            await kiosk.TakeAsync(Entry(mine, RecordKinds.Waste, waste) with { At = TimeProvider.System.GetUtcNow().AddDays(-90) })
        ).Fault.ShouldBe("time");
        (await kiosk.TakeAsync(Entry(mine, KioskEntry.Answer, new() { ["text"] = "x" }) with { Finding = foreign.Id })).Fault.ShouldBe(
            "missing"
        );
        // Another kiosk's entry is not answered for.
        var taken = Entry(mine, RecordKinds.Waste, waste);
        (await kiosk.TakeAsync(taken)).Fault.ShouldBeNull();
        using var other = await KioskAsync();
        (await other.TakeAsync(taken)).Fault.ShouldBe("id");
    }

    [Fact]
    public async Task An_answer_is_said_once_and_one_that_comes_too_late_is_said_as_a_comment()
    {
        // A school of its own: a kiosk shows the most pressing alerts of its school, and other tests raise more.
        var site = await server.OwnSiteAsync();
        var name = await server.WithDbAsync(db => db.Sites.Where(s => s.Id == site).Select(s => s.Name).SingleAsync(Cancel));
        using var kiosk = await KioskAsync(name);
        using var box = await server.BoxAsync(name);
        await using var hub = await box.ConnectAsync();
        var (early, late) = (TestBox.Finding(), TestBox.Finding());
        foreach (var finding in new[] { early, late })
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        new[] { early.Id, late.Id }.ShouldBeSubsetOf((await kiosk.SiteAsync()).Alerts.Select(a => a.Id));
        using var inspector = await server.PersonAsync(Roles.Inspector, site);
        await RunningServer.PostFormAsync(inspector, $"/findings/{late.Id}", $"/findings/{late.Id}/steps", new() { ["step"] = "confirm" });
        var member = await server.MemberAsync(site);
        var answers = new[] { early, late }
            .Select(f => Entry(member, KioskEntry.Answer, new() { ["text"] = "已戴好" }) with { Finding = f.Id })
            .ToList();
        foreach (var answer in answers.Concat(answers))
            (await kiosk.TakeAsync(answer)).Fault.ShouldBeNull();
        async Task<List<string>> StepsAsync(FindingReport finding) =>
            await server.WithDbAsync(db =>
                db.FindingSteps.Where(s => s.FindingId == finding.Id.ToString()).OrderBy(s => s.Id).Select(s => s.Step).ToListAsync(Cancel)
            );
        (await StepsAsync(early)).ShouldBe(["notify", "acknowledge"]);
        (await StepsAsync(late)).ShouldBe(["notify", "confirm", "comment"]);
        (await kiosk.SiteAsync()).Alerts.ShouldNotContain(a => a.Id == early.Id || a.Id == late.Id);
    }

    [Fact]
    public async Task A_number_that_a_manager_gave_is_known_to_the_kiosk_and_who_is_unfit_is_on_the_managers_page()
    {
        using var kiosk = await KioskAsync();
        var site = await server.DemoSiteAsync();
        using var manager = await server.SignInAsync("manager");
        var name = $"赵{Guid.NewGuid().ToString("N")[..6]}";
        await RunningServer.PostFormAsync(
            manager,
            $"/staff/{site}",
            $"/sites/{site}/staff",
            new() { ["name"] = name, ["certificateUntil"] = "2099-01-01" }
        );
        var member = await server.WithDbAsync(db => db.Staff.Where(s => s.Name == name).Select(s => s.Id).SingleAsync(Cancel));
        var given = await RunningServer.PostFormAsync(
            manager,
            $"/staff/{site}",
            $"/staff/{site}",
            new() { ["_handler"] = $"keys-{member}" }
        );
        var pin = System
            .Text.RegularExpressions.Regex.Match(await given.Content.ReadAsStringAsync(Cancel), "<strong>([0-9]{6})</strong>")
            .Groups[1]
            .Value;
        (await kiosk.SiteAsync()).Staff.Single(s => s.Id == member).PinHash.ShouldBe(KioskKeys.PinHash(site, pin));
        (await server.WithDbAsync(db => db.AuditEntries.AnyAsync(e => e.Detail.Contains(pin), Cancel))).ShouldBeFalse(
            "a number is written nowhere"
        );

        var check = Entry(
            member,
            RecordKinds.MorningCheck,
            new()
            {
                ["celsius"] = "37.9",
                ["hands-washed"] = "yes",
                ["hat"] = "yes",
                ["mask"] = "yes",
                ["staff"] = "somebody-else",
            }
        );
        (await kiosk.TakeAsync(check)).Fault.ShouldBeNull();
        (await kiosk.SiteAsync()).CheckedToday.ShouldNotContain(member);
        (await manager.GetStringAsync($"/today?site={site}", Cancel)).ShouldContain($"{name}</strong>");
        (
            await kiosk.TakeAsync(
                check with
                {
                    Id = Guid.NewGuid().ToString("N"),
                    At = TimeProvider.System.GetUtcNow(),
                    Values = new Dictionary<string, string>(check.Values) { ["celsius"] = "36.4" },
                }
            )
        ).Fault.ShouldBeNull();
        (await kiosk.SiteAsync()).CheckedToday.ShouldContain(member);
        await RunningServer.PostFormAsync(
            manager,
            $"/staff/{site}",
            $"/sites/{site}/staff/{member}",
            new() { ["name"] = name, ["left"] = "yes" }
        );
        (await kiosk.SiteAsync()).Staff.ShouldNotContain(s => s.Id == member);
    }

    [Fact]
    public async Task What_is_no_entry_is_refused_before_it_is_looked_at()
    {
        using var kiosk = await KioskAsync();
        foreach (
            var bad in new object[]
            {
                new { },
                new
                {
                    id = "x",
                    kind = "waste",
                    staffId = "y",
                    values = new { },
                },
                new
                {
                    id = Guid.NewGuid().ToString("N"),
                    kind = "answer",
                    staffId = "y",
                    values = new { },
                    at = "2026-01-01T00:00:00Z",
                },
            }
        )
            (await kiosk.PostAsync(KioskRoutes.Entries, bad)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private async Task<TestKiosk> KioskAsync(string? site = null)
    {
        var kiosk = new TestKiosk(server.Process.Address);
        await kiosk.EnrolAsync(await server.Process.KioskCodeAsync(Cancel, site));
        return kiosk;
    }

    private static KioskEntry Entry(string member, string kind, Dictionary<string, string> values) =>
        new(Guid.NewGuid().ToString("N"), kind, TimeProvider.System.GetUtcNow(), member, values, null, null);
}
