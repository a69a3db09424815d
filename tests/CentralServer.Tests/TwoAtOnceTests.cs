using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Kiosks;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// Every command endpoint twice at the same moment, on PostgreSQL. The audit log's lock is held until both have loaded what they
/// change, so that they do meet. Of two that exclude each
/// other one wins and the other gets a clear answer; of two that do not, both are there.
/// </summary>
public sealed partial class TwoAtOnceTests(OwnPostgres postgres)
{
    private static readonly TimeSpan Meet = TimeSpan.FromSeconds(2);
    private readonly List<string> wrong = [];
    private CentralServerProcess server = null!;
    private string connection = "";
    private int tried;

    // Nothing is stored in the database by these, or only in the caller's own session.
    private static readonly string[] NoCommand =
    [
        "POST /sign-in",
        "POST /sign-in/code",
        "POST /sign-out",
        "POST /account/totp/begin",
        "POST /account/totp",
        "PUT /box/{box}/live/",
        "PUT /box/{box}/public/",
        "PUT /box/{box}/recorded/",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_at_once_one_wins_the_other_is_answered_clearly_and_nothing_is_lost()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-at-once-").FullName;
        try
        {
            connection = await postgres.NewDatabaseAsync();
            var data = Path.Combine(folder, "data");
            await using var started = server = await CentralServerProcess.StartAsync(
                data,
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                [
                    "--ConnectionStrings:Postgres",
                    connection,
                    "--Database:Strict",
                    "true",
                    "--Enrolment:TriesPerMinute",
                    "1000",
                    "--SignIn:TriesPerMinute",
                    "10000",
                    "--Join:TriesPerMinute",
                    "1000",
                    "--Cases:ReportsPerHour",
                    "1000",
                    "--Webhooks:AllowedHosts:0",
                    "127.0.0.1",
                    "--Api:RequestsPerMinute",
                    "10000",
                    "--Push:KeyFile",
                    Path.Combine(folder, "push.pem"),
                    "--Push:Contact",
                    "mailto:it@example.org",
                ]
            );
            var commands = await CommandsAsync(folder);
            commands.Count.ShouldBeGreaterThan(25);
            var scenes = await ScenesAsync();
            foreach (
                var command in commands.Where(c =>
                    !NoCommand.Any(n => c.StartsWith(n, StringComparison.Ordinal)) && !scenes.Exists(s => s.Command == c)
                )
            )
                wrong.Add($"{command} has no scene here: say what two at once must lead to");
            foreach (var scene in scenes.Where(s => !commands.Contains(s.Command)))
                wrong.Add($"{scene.Command} is no endpoint any more");
            foreach (var scene in scenes)
                await PlayAsync(scene);
            wrong.ShouldBeEmpty();
            tried.ShouldBeGreaterThan(25);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private async Task PlayAsync(Scene scene)
    {
        tried++;
        var before = await CountAsync(scene);
        HttpResponseMessage[] answers;
        await using (var holder = Db())
        {
            await using var held = await holder.Database.BeginTransactionAsync(Cancel);
            await holder.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({AuditLog.WritersLock})", Cancel);
            var both = new[] { scene.First(), scene.Second() };
            for (var since = Stopwatch.StartNew(); since.Elapsed < Meet && !both.All(t => t.IsCompleted); await Task.Delay(20, Cancel))
            {
                if (await WaitingAsync(holder) + both.Count(t => t.IsCompleted) >= 2)
                    break;
            }

            await held.RollbackAsync(Cancel);
            answers = await Task.WhenAll(both);
        }

        var said = new List<string>();
        var refused = 0;
        foreach (var answer in answers)
        {
            using (answer)
            {
                var body = await answer.Content.ReadAsStringAsync(Cancel);
                said.Add($"{(int)answer.StatusCode} {answer.Headers.Location} {(body.Length > 300 ? "" : body)}");
                if ((int)answer.StatusCode >= 500)
                    wrong.Add($"{scene.Name}: a fault of the server's: {said[^1]}");
                else if (
                    (int)answer.StatusCode >= 400
                    || answer.Headers.Location?.ToString().Contains("fault=", StringComparison.Ordinal) == true
                    || Refusal().IsMatch(body)
                )
                    refused++;
            }
        }

        var effects = await CountAsync(scene) - before;
        if ((effects, refused) != (scene.Effects, scene.Refused))
            wrong.Add(
                $"{scene.Name}: {effects} took effect instead of {scene.Effects}, {refused} refused instead of {scene.Refused}: "
                    + $"{string.Join(" | ", said)}"
            );
    }

    private async Task<int> CountAsync(Scene scene)
    {
        await using var db = Db();
        return await scene.Count(db);
    }

    private static Task<int> WaitingAsync(CentralDb db) =>
        db
            .Database.SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            .SingleAsync(Cancel);

    private PostgresDb Db() => new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(connection).Options);

    private async Task<List<Scene>> ScenesAsync()
    {
        var box = new TestBox(server.Address);
        await RunningServer.EnrolAsync(server, box, Cancel);
        string site,
            city,
            inspectorId,
            visit;
        await using (var db = Db())
        {
            site = await db.Boxes.Where(b => b.Id == box.Id).Select(b => b.SiteId).SingleAsync(Cancel);
            visit = await db.Sites.Where(s => s.Id == site).Select(s => s.VisitToken).SingleAsync(Cancel);
            city = await db.Regions.Where(r => r.ParentId == null).Select(r => r.Id).SingleAsync(Cancel);
            inspectorId = await db.Users.Where(u => u.UserName == "inspector").Select(u => u.Id).SingleAsync(Cancel);
        }

        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportSetup),
            new SetupReport(1, 0, SetupStates.None, null, new("Asia/Shanghai", "machine", [], [])),
            Cancel
        );
        var (a, b) = (await PersonAsync("inspector"), await PersonAsync("inspector"));
        var (admin, admin2) = (await PersonAsync("admin"), await PersonAsync("admin"));
        var (manager, manager2) = (await PersonAsync("manager"), await PersonAsync("manager"));
        var (principal, principal2) = (await PersonAsync("principal"), await PersonAsync("principal"));
        var (parent, parent2) = (await PersonAsync("parent"), await PersonAsync("parent"));
        var (regulator, regulator2) = (await PersonAsync("regulator"), await PersonAsync("regulator"));
        var nobody = new Person(Client(), "");
        var program = await ProgramAsync(inspectorId);
        var kiosk = new TestKiosk(server.Address);
        await kiosk.EnrolAsync(await server.KioskCodeAsync(Cancel));
        var scenes = new List<Scene>();

        async Task<string> FindingAsync()
        {
            var finding = TestBox.Finding();
            await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
            return finding.Id.ToString();
        }

        void Form(
            string command,
            string note,
            Person first,
            Person second,
            string path,
            Dictionary<string, string> fields,
            int effects,
            int refused,
            Func<CentralDb, Task<int>> count,
            Dictionary<string, string>? other = null
        ) =>
            scenes.Add(
                new(
                    command,
                    note,
                    () => first.PostAsync(path, fields),
                    () => second.PostAsync(path, other ?? fields),
                    effects,
                    refused,
                    count
                )
            );

        void Json(
            string command,
            string note,
            Person first,
            Person second,
            HttpMethod method,
            string path,
            object? body,
            int effects,
            int refused,
            Func<CentralDb, Task<int>> count,
            object? other = null
        ) =>
            scenes.Add(
                new(
                    command,
                    note,
                    () => first.SendAsync(method, path, body),
                    () => second.SendAsync(method, path, other ?? body),
                    effects,
                    refused,
                    count
                )
            );

        Func<CentralDb, Task<int>> Steps(string id, string step) =>
            db => db.FindingSteps.CountAsync(s => s.FindingId == id && s.Step == step, Cancel);

        // A finding's life.
        const string steps = "POST /findings/{id}/steps";
        var one = await FindingAsync();
        Form(
            steps,
            "confirm and dismiss",
            a,
            b,
            $"/findings/{one}/steps",
            new() { ["step"] = "confirm", ["text"] = "x" },
            1,
            1,
            db => db.FindingSteps.CountAsync(s => s.FindingId == one && s.PersonId != "", Cancel),
            new() { ["step"] = "dismiss", ["text"] = "x" }
        );
        var two = await FindingAsync();
        Form(steps, "escalate twice", a, b, $"/findings/{two}/steps", new() { ["step"] = "escalate", ["text"] = "x" }, 1, 1, db =>
            db.Findings.Where(f => f.Id == two).SumAsync(f => f.Level, Cancel)
        );
        var three = await FindingAsync();
        Form(
            steps,
            "comment twice",
            a,
            b,
            $"/findings/{three}/steps",
            new() { ["step"] = "comment", ["text"] = "x" },
            2,
            0,
            Steps(three, "comment")
        );
        var four = await FindingAsync();
        Form(
            steps,
            "acknowledge while it is confirmed",
            manager,
            a,
            $"/findings/{four}/steps",
            new() { ["step"] = "acknowledge", ["text"] = "x" },
            1,
            1,
            db => db.FindingSteps.CountAsync(s => s.FindingId == four && s.PersonId != "", Cancel),
            new() { ["step"] = "confirm" }
        );
        var appealed = await FindingAsync();
        (await a.PostAsync($"/findings/{appealed}/steps", new() { ["step"] = "confirm" })).Dispose();
        Form(
            steps,
            "appeal twice",
            manager,
            principal,
            $"/findings/{appealed}/steps",
            new() { ["step"] = "appeal", ["text"] = "x" },
            1,
            1,
            Steps(appealed, "appeal")
        );
        var held = await FindingAsync();
        Form("POST /findings/{id}/hold", "", a, b, $"/findings/{held}/hold", new() { ["held"] = "true" }, 1, 0, db =>
            db.Findings.CountAsync(f => f.Id == held && f.HeldAt != null, Cancel)
        );
        var desk = await FindingAsync();
        Json(
            "POST /desk/decisions",
            "",
            a,
            b,
            HttpMethod.Post,
            "/desk/decisions",
            new { step = "confirm", ids = new[] { desk } },
            1,
            1,
            Steps(desk, "confirm")
        );
        var shown = await FindingAsync();
        var versions = new Dictionary<string, long> { [shown] = 1 };
        var escalate = new
        {
            step = "escalate",
            text = "x",
            ids = new[] { shown },
            versions,
        };
        Json(
            "POST /desk/decisions",
            "escalate what was shown to both",
            a,
            b,
            HttpMethod.Post,
            "/desk/decisions",
            escalate,
            1,
            1,
            Steps(shown, "escalate")
        );
        var byProgram = await FindingAsync();
        Json(
            "POST /api/v1/findings/{id}/steps",
            "",
            program,
            program,
            HttpMethod.Post,
            $"/api/v1/findings/{byProgram}/steps",
            new { step = "confirm" },
            1,
            1,
            Steps(byProgram, "confirm")
        );

        // Evidence: the same part twice is one; another one is refused.
        var part = await FindingAsync();
        byte[] still = [0xff, 0xd8, 0xff, 1, 2, 3],
            other = [0xff, 0xd8, 0xff, 9, 9, 9];
        foreach (var (what, second, refused) in new[] { (EvidencePart.Still, still, 0), (EvidencePart.Clip, other, 1) })
        {
            var (mine, theirs) =
                what == EvidencePart.Still
                    ? (still, second)
                    : ([0, 0, 0, 8, .. "ftyp"u8, 0, 0, 0, 1], (byte[])[0, 0, 0, 8, .. "ftyp"u8, 0, 0, 0, 2]);
            Task<HttpResponseMessage> SendAsync(byte[] bytes) =>
                box.SendAsync(
                    FindingId.Parse(part, null),
                    what,
                    new ByteArrayContent(bytes),
                    0,
                    bytes.Length,
                    Convert.ToHexStringLower(SHA256.HashData(bytes))
                );
            scenes.Add(
                new(
                    $"PATCH {BoxRoutes.Evidence("{id}", what)}",
                    "",
                    () => SendAsync(mine),
                    () => SendAsync(theirs),
                    1,
                    refused,
                    db =>
                        db.Findings.CountAsync(
                            f => f.Id == part && (what == EvidencePart.Clip ? f.ClipSha256 : f.StillSha256) != null,
                            Cancel
                        )
                )
            );
        }

        // Cases.
        async Task<string> CaseAsync(string? handedTo = null)
        {
            await using var db = Db();
            var made = new Cases.FeedbackCase
            {
                Id = Guid.NewGuid().ToString("N"),
                SiteId = site,
                Text = "soup",
                AuthorId = "x",
                CreatedAt = TimeProvider.System.GetUtcNow(),
                DueAt = TimeProvider.System.GetUtcNow(),
                HandedToRegionId = handedTo,
            };
            db.Cases.Add(made);
            await db.SaveChangesAsync(Cancel);
            return made.Id;
        }

        Func<CentralDb, Task<int>> CaseSteps(string id) => db => db.CaseSteps.CountAsync(s => s.CaseId == id, Cancel);
        var answered = await CaseAsync();
        Form(
            "POST /cases/{id}/answer",
            "",
            a,
            b,
            $"/cases/{answered}/answer",
            new() { ["text"] = "one answer" },
            1,
            1,
            CaseSteps(answered),
            new() { ["text"] = "another answer" }
        );
        var handed = await CaseAsync();
        Form(
            "POST /cases/{id}/hand-over",
            "",
            a,
            b,
            $"/cases/{handed}/hand-over",
            new() { ["text"] = "x", ["region"] = city },
            1,
            1,
            CaseSteps(handed)
        );
        var back = await CaseAsync(city);
        Form("POST /cases/{id}/take-back", "", a, b, $"/cases/{back}/take-back", new() { ["text"] = "x" }, 1, 1, CaseSteps(back));
        Form("POST /sites/{site}/feedback", "", parent, parent2, $"/sites/{site}/feedback", new() { ["text"] = "x" }, 2, 0, db =>
            db.Cases.CountAsync(c => c.SiteId == site, Cancel)
        );
        Form(
            "POST /visit/{token}/feedback",
            "",
            nobody,
            new(Client(), ""),
            $"/visit/{visit}/feedback",
            new() { ["text"] = "x" },
            2,
            0,
            db => db.Cases.CountAsync(c => c.SiteId == site, Cancel)
        );

        // Places and people.
        Form("POST /regions/{id}/regions", "", admin, admin2, $"/regions/{city}/regions", new() { ["name"] = "新区" }, 1, 1, db =>
            db.Regions.CountAsync(r => r.Name == "新区", Cancel)
        );
        Form(
            "POST /regions/{id}/sites",
            "",
            admin,
            admin2,
            $"/regions/{city}/sites",
            new() { ["name"] = "新食堂", ["kind"] = "restaurant" },
            1,
            1,
            db => db.Sites.CountAsync(s => s.Name == "新食堂", Cancel)
        );
        Form(
            "POST /sites/{id}/areas",
            "",
            admin,
            admin2,
            $"/sites/{site}/areas",
            new() { ["name"] = "面点间", ["kind"] = "cooking" },
            1,
            1,
            db => db.Areas.CountAsync(r => r.Name == "面点间", Cancel)
        );
        Form(
            "POST /people/new",
            "",
            admin,
            admin2,
            "/people/new",
            new()
            {
                ["name"] = "newcomer",
                ["displayName"] = "新人",
                ["password"] = "rather-long-and-odd-9",
                ["role"] = "manager",
                ["place"] = site,
            },
            1,
            1,
            db => db.Users.CountAsync(u => u.UserName == "newcomer", Cancel)
        );
        var invitation = await InvitationAsync(site);
        Form(
            "POST /join",
            "",
            nobody,
            new(Client(), ""),
            "/join",
            new()
            {
                ["code"] = invitation,
                ["name"] = "mother",
                ["password"] = "rather-long-and-odd-9",
            },
            1,
            1,
            db => db.Users.CountAsync(u => u.UserName == "mother", Cancel)
        );

        // Devices.
        var (boxCode, kioskCode) = (await server.EnrolmentCodeAsync(Cancel), await server.KioskCodeAsync(Cancel));
        Json(
            $"POST {BoxRoutes.Enrol}",
            "",
            nobody,
            nobody,
            HttpMethod.Post,
            BoxRoutes.Enrol,
            new EnrolmentRequest(boxCode, new TestBox(server.Address).PublicKey, "box"),
            1,
            1,
            db => db.Boxes.CountAsync(Cancel)
        );
        Json(
            $"POST {KioskRoutes.Enrol}",
            "",
            nobody,
            nobody,
            HttpMethod.Post,
            KioskRoutes.Enrol,
            new EnrolmentRequest(kioskCode, new TestBox(server.Address).PublicKey, "lobby"),
            1,
            1,
            db => db.Kiosks.CountAsync(Cancel)
        );
        Json(
            "PUT /api/boxes/{id}/setup",
            "",
            admin,
            admin2,
            HttpMethod.Put,
            $"/api/boxes/{box.Id}/setup?after=0",
            new
            {
                timeZone = "Asia/Shanghai",
                clockSource = "machine",
                cameras = Array.Empty<object>(),
                rules = Array.Empty<object>(),
            },
            1,
            1,
            async db => (int)await db.Boxes.Where(x => x.Id == box.Id).Select(x => x.SetupRevision).SingleAsync(Cancel)
        );
        var lost = new TestBox(server.Address);
        await RunningServer.EnrolAsync(server, lost, Cancel);
        var lostId = lost.Id;
        Form(
            "POST /boxes/{id}/revoke",
            "",
            admin,
            admin2,
            $"/boxes/{lostId}/revoke",
            new() { ["confirm"] = "yes" },
            1,
            0,
            Audited($"box/{lostId}")
        );
        var gone = new TestKiosk(server.Address);
        await gone.EnrolAsync(await server.KioskCodeAsync(Cancel));
        var goneId = gone.Id;
        Form(
            "POST /kiosks/{id}/revoke",
            "",
            admin,
            admin2,
            $"/kiosks/{goneId}/revoke",
            new() { ["confirm"] = "yes" },
            1,
            0,
            Audited($"kiosk/{goneId}")
        );

        // Records.
        string member;
        await using (var db = Db())
            member = await db.Staff.Where(s => s.SiteId == site).OrderBy(s => s.Id).Select(s => s.Id).FirstAsync(Cancel);
        var menu = new Dictionary<string, string>
        {
            ["kind"] = "menu",
            ["v.meal"] = "dinner",
            ["v.dishes"] = "soup",
        };
        Form("POST /sites/{site}/records", "two menus", manager, manager2, $"/sites/{site}/records", menu, 2, 0, db =>
            db.Records.CountAsync(r => r.SiteId == site && r.Kind == "menu", Cancel)
        );
        Form(
            "POST /sites/{site}/staff",
            "",
            manager,
            manager2,
            $"/sites/{site}/staff",
            new() { ["name"] = "one" },
            2,
            0,
            db => db.Staff.CountAsync(s => s.SiteId == site, Cancel),
            new() { ["name"] = "another" }
        );
        var version = await VersionAsync(member);
        Form(
            "POST /sites/{site}/staff/{member}",
            "",
            manager,
            manager2,
            $"/sites/{site}/staff/{member}",
            new() { ["name"] = "first", ["version"] = version },
            1,
            1,
            db => db.AuditEntries.CountAsync(e => e.Subject == $"staff/{member}" && e.Detail == "changed", Cancel),
            new() { ["name"] = "second", ["version"] = version }
        );
        // Both signatures stay, and the second corrects the first.
        Form("POST /sites/{site}/reports", "", principal, principal2, $"/sites/{site}/reports", new() { ["span"] = "week" }, 1, 0, db =>
        {
            var all = db.Records;
            return all.CountAsync(r => r.SiteId == site && r.Kind == "report" && !all.Any(c => c.Corrects == r.Id), Cancel);
        });
        var (entry, recordId) = (Guid.NewGuid().ToString("N"), Guid.NewGuid().ToString("N"));
        var entered = new KioskEntry(
            entry,
            "waste",
            TimeProvider.System.GetUtcNow(),
            member,
            new Dictionary<string, string>
            {
                ["what"] = "x",
                ["kilograms"] = "3",
                ["collector"] = "x",
            },
            null,
            null
        );
        scenes.Add(
            new(
                $"POST {KioskRoutes.Entries}",
                "",
                () => kiosk.PostAsync(KioskRoutes.Entries, entered),
                () => kiosk.PostAsync(KioskRoutes.Entries, entered),
                1,
                0,
                db => db.KioskReceipts.CountAsync(r => r.Id == entry, Cancel)
            )
        );
        var photograph = TestPicture.Jpeg();
        var digest = Convert.ToHexStringLower(SHA256.HashData(photograph));
        scenes.Add(
            new(
                $"PUT {KioskRoutes.Picture("{digest}")}",
                "",
                () => kiosk.PutAsync(KioskRoutes.Picture(digest), photograph),
                () => kiosk.PutAsync(KioskRoutes.Picture(digest), photograph),
                0,
                0,
                _ => Task.FromResult(0)
            )
        );
        var byManager = await ProgramAsync(await IdAsync("manager"));
        Json(
            "PUT /api/v1/sites/{site}/records/{id}",
            "",
            byManager,
            byManager,
            HttpMethod.Put,
            $"/api/v1/sites/{site}/records/{recordId}",
            new { kind = "menu", values = new { meal = "lunch", dishes = "rice" } },
            1,
            0,
            db => db.Records.CountAsync(r => r.Id == recordId, Cancel)
        );

        // Programs, webhooks, browsers, draws.
        var token = await TokenAsync(inspectorId);
        Form(
            "POST /tokens/{id}/revoke",
            "",
            a,
            b,
            $"/tokens/{token}/revoke",
            new() { ["confirm"] = "yes" },
            1,
            0,
            Audited($"token/{token}")
        );
        Json(
            "POST /api/v1/webhooks",
            "",
            program,
            program,
            HttpMethod.Post,
            "/api/v1/webhooks",
            new { url = "http://127.0.0.1:9/x" },
            2,
            0,
            db => db.Webhooks.CountAsync(Cancel)
        );
        var (hook, hook2) = (await WebhookAsync(inspectorId), await WebhookAsync(inspectorId));
        Form(
            "POST /webhooks/{id}/remove",
            "",
            a,
            b,
            $"/webhooks/{hook}/remove",
            new() { ["confirm"] = "yes" },
            1,
            1,
            Audited($"webhook/{hook}")
        );
        Json(
            "DELETE /api/v1/webhooks/{id}",
            "",
            program,
            program,
            HttpMethod.Delete,
            $"/api/v1/webhooks/{hook2}",
            null,
            1,
            1,
            Audited($"webhook/{hook2}")
        );
        Json(
            "POST /push",
            "",
            parent,
            parent2,
            HttpMethod.Post,
            "/push",
            new { endpoint = "http://127.0.0.1:9/browser", wanted = true },
            1,
            0,
            db => db.PushSubscriptions.CountAsync(Cancel)
        );
        var on = DateOnly
            .FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime)
            .AddDays(7)
            .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Dictionary<string, string> lists = new()
        {
            ["region"] = city,
            ["count"] = "1",
            ["publishOn"] = on,
        };
        Form("POST /draws/new", "", regulator, regulator2, "/draws/new", lists, 2, 0, db => db.Draws.CountAsync(Cancel));
        Dictionary<string, string> why = new() { ["text"] = "x" };
        Func<CentralDb, Task<int>> DrawSteps(int draw) => db => db.DrawSteps.CountAsync(d => d.DrawId == draw, Cancel);
        var (drawn, dropped, both) = (
            await DrawAsync(regulator, lists),
            await DrawAsync(regulator, lists),
            await DrawAsync(regulator, lists)
        );
        Form("POST /draws/{number:int}/draw", "", regulator, regulator2, $"/draws/{drawn}/draw", [], 1, 1, DrawSteps(drawn));
        Form("POST /draws/{number:int}/drop", "", regulator, regulator2, $"/draws/{dropped}/drop", why, 1, 1, DrawSteps(dropped));
        scenes.Add(
            new(
                "POST /draws/{number:int}/draw",
                "while it is dropped",
                () => regulator.PostAsync($"/draws/{both}/draw", []),
                () => regulator2.PostAsync($"/draws/{both}/drop", why),
                1,
                1,
                DrawSteps(both)
            )
        );
        var inspected = await DrawAsync(regulator, lists);
        (await regulator.PostAsync($"/draws/{inspected}/draw", [])).Dispose();
        var place = RowOf(await regulator.Client.GetStringAsync($"/draws/{inspected}", Cancel));
        // Both results are on record, and the later one counts.
        Dictionary<string, string> result = new() { ["site"] = place, ["text"] = "x" };
        Form(
            "POST /draws/{number:int}/results",
            "",
            regulator,
            regulator2,
            $"/draws/{inspected}/results",
            result,
            2,
            0,
            DrawSteps(inspected)
        );
        // At the end: the address of before is no more.
        Form(
            "POST /sites/{id}/visit-token",
            "",
            admin,
            admin2,
            $"/sites/{site}/visit-token",
            new() { ["confirm"] = "yes" },
            2,
            0,
            Audited($"site/{site}")
        );
        return scenes;

        static Func<CentralDb, Task<int>> Audited(string subject) => db => db.AuditEntries.CountAsync(e => e.Subject == subject, Cancel);
    }

    private static async Task<int> DrawAsync(Person regulator, Dictionary<string, string> lists)
    {
        using var answer = await regulator.PostAsync("/draws/new", lists);
        return int.Parse(answer.Headers.Location!.ToString().Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string RowOf(string page) => Regex.Match(page, "name=\"site\" value=\"([^\"]+)\"").Groups[1].Value;

    private async Task<string> VersionAsync(string member)
    {
        await using var db = Db();
        return $"{await db.Staff.Where(s => s.Id == member).Select(s => s.Version).SingleAsync(Cancel)}";
    }

    private async Task<string> IdAsync(string name)
    {
        await using var db = Db();
        return await db.Users.Where(u => u.UserName == name).Select(u => u.Id).SingleAsync(Cancel);
    }

    private async Task<string> TokenAsync(string person, string text = "unused")
    {
        await using var db = Db();
        var now = TimeProvider.System.GetUtcNow();
        var made = new ApiToken
        {
            Id = Guid.NewGuid().ToString("N"),
            PersonId = person,
            Name = "test",
            Hash = ApiToken.HashOf(text),
            Scopes = string.Join(' ', ApiScopes.All),
            CreatedAt = now,
            ExpiresAt = now.AddDays(1),
        };
        db.ApiTokens.Add(made);
        await db.SaveChangesAsync(Cancel);
        return made.Id;
    }

    private async Task<string> WebhookAsync(string person)
    {
        await using var db = Db();
        var made = new Webhook
        {
            Id = Guid.NewGuid().ToString("N"),
            PersonId = person,
            Url = "http://127.0.0.1:9/x",
            Secret = "nonsense",
        };
        db.Webhooks.Add(made);
        await db.SaveChangesAsync(Cancel);
        return made.Id;
    }

    private async Task<string> InvitationAsync(string site)
    {
        await using var db = Db();
        db.Invitations.Add(
            new People.Invitation
            {
                Hash = Identity.SpokenCode.HashOf("ABCDE-FGHJK"),
                SiteId = site,
                ExpiresAt = TimeProvider.System.GetUtcNow().AddDays(1),
                UsesLeft = 10,
            }
        );
        await db.SaveChangesAsync(Cancel);
        return "ABCDE-FGHJK";
    }

    private HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };

    private async Task<Person> PersonAsync(string name)
    {
        var client = Client();
        await RunningServer.SignInAsync(client, name);
        return new(client, RunningServer.TokenOf(await client.GetStringAsync("/account", Cancel)));
    }

    private async Task<Person> ProgramAsync(string person)
    {
        var (client, text) = (Client(), ApiToken.Prefix + Guid.NewGuid().ToString("N"));
        await TokenAsync(person, text);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
        return new(client, "");
    }

    private static async Task<List<string>> CommandsAsync(string folder)
    {
        using var command = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), "endpoints", "--Data", Path.Combine(folder, "endpoints")])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var text = await command.StandardOutput.ReadToEndAsync(Cancel);
        await command.WaitForExitAsync(Cancel);
        // Pages answer GET and POST; the forms on them that they take themselves make codes, each its own.
        return
        [
            .. Line()
                .Matches(text)
                .Where(m => m.Groups[1].Value is "POST" or "PUT" or "PATCH" or "DELETE")
                .Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value.TrimEnd('/')}")
                .Distinct(),
        ];
    }

    [GeneratedRegex(@"(?m)^([A-Z,]+) (/\S*) (\S+)$")]
    private static partial Regex Line();

    [GeneratedRegex("\"fault\":\"|\"refused\":\\{\"")]
    private static partial Regex Refusal();

    /// <param name="Command">Method and route, as <c>CentralServer endpoints</c> prints them.</param>
    /// <param name="Effects">By how much <paramref name="Count"/> grows.</param>
    /// <param name="Refused">How many of the two are told that they were not first.</param>
    private sealed record Scene(
        string Command,
        string Note,
        Func<Task<HttpResponseMessage>> First,
        Func<Task<HttpResponseMessage>> Second,
        int Effects,
        int Refused,
        Func<CentralDb, Task<int>> Count
    )
    {
        public string Name => Note.Length == 0 ? Command : $"{Command} ({Note})";
    }

    private sealed record Person(HttpClient Client, string Token)
    {
        public async Task<HttpResponseMessage> PostAsync(string path, Dictionary<string, string> fields)
        {
            // Who is not signed in has the token of the page with the form.
            var token =
                Token.Length > 0
                    ? Token
                    : RunningServer.TokenOf(
                        await Client.GetStringAsync(
                            path == "/join" ? $"/join?code={fields["code"]}" : path.Replace("/feedback", "", StringComparison.Ordinal),
                            Cancel
                        )
                    );
            return await Client.PostAsync(path, RunningServer.Form(new(fields) { ["__RequestVerificationToken"] = token }), Cancel);
        }

        public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.Add("RequestVerificationToken", Token);
            return await Client.SendAsync(request, Cancel);
        }
    }
}
