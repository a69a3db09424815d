using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.CentralServer.Tests;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

[assembly: SupportedOSPlatform("linux")]
[assembly: AssemblyFixture(typeof(RunningServer))]

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The server as a process of its own, with a new SQLite file; shared by the tests, each with its own boxes.</summary>
public sealed partial class RunningServer : IAsyncLifetime
{
    public const string Password = "only-for-these-tests";
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-server-").FullName;

    // Set by ./run test for a second round: the same tests on PostgreSQL.
    private static readonly bool OnPostgres = Environment.GetEnvironmentVariable("BRIGHTKITCHEN_DATABASE") == "postgres";
    private PostgresServer? postgres;
    private string? database;

    public CentralServerProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        if (OnPostgres)
        {
            postgres = await PostgresServer.StartAsync(cancel);
            database = postgres.NewDatabase();
        }

        Process = await CentralServerProcess.StartAsync(
            Path.Combine(folder, "data"),
            Path.Combine(folder, "server.log"),
            LoopbackPort.Free(),
            Password,
            cancel,
            [
                "--Database:Strict",
                "true",
                "--Enrolment:TriesPerMinute",
                "1000",
                "--SignIn:TriesPerMinute",
                "100000",
                "--Join:TriesPerMinute",
                "100000",
                "--Cases:ReportsPerHour",
                "1000",
                "--Cases:VisitorReportsPerDay",
                "100000",
                "--Webhooks:AllowedHosts:0",
                "127.0.0.1",
                "--Push:KeyFile",
                Path.Combine(folder, "push.pem"),
                "--Push:Contact",
                "mailto:it@example.org",
                "--Api:RequestsPerMinute",
                "100000",
                .. database is null ? Array.Empty<string>() : ["--ConnectionStrings:Postgres", database],
            ]
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
            await Process.DisposeAsync();
        if (postgres is not null)
            await postgres.DisposeAsync();
        Directory.Delete(folder, true);
    }

    /// <summary>What a server of a test's own is told, so that it has an empty database of the kind that this round is on.</summary>
    public IReadOnlyList<string> DatabaseArguments() => postgres is null ? [] : ["--ConnectionStrings:Postgres", postgres.NewDatabase()];

    /// <summary>An empty database of the kind that this round is on, migrated.</summary>
    public async Task<Func<CentralDb>> NewDatabaseAsync(string place)
    {
        var fresh = postgres?.NewDatabase();
        CentralDb Open() =>
            fresh is null
                ? Sqlite(Path.Combine(place, "central.db"))
                : new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(fresh).Options);
        await using var db = Open();
        await db.Database.MigrateAsync(TestContext.Current.CancellationToken);
        return Open;
    }

    /// <summary>A client that keeps cookies and follows no redirection.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Process.Address };

    /// <summary>A client with somebody of the demo signed in.</summary>
    public async Task<HttpClient> SignInAsync(string name)
    {
        var client = Client();
        await SignInAsync(client, name);
        return client;
    }

    public static async Task SignInAsync(HttpClient client, string name)
    {
        var answer = await PostFormAsync(client, "/sign-in", "/sign-in", new() { ["name"] = name, ["password"] = Password });
        answer.Headers.Location?.ToString().ShouldBe("/");
    }

    /// <summary>The token that forms of this person's pages carry.</summary>
    public static string TokenOf(string page) => Token().Match(page).Groups[1].Value;

    public Task<string> DemoSiteAsync() => WithDbAsync(db => db.Sites.Where(s => s.Name == "第一小学食堂").Select(s => s.Id).SingleAsync());

    public Task<string> SiteOfAsync(string boxId) =>
        WithDbAsync(db => db.Boxes.Where(b => b.Id == boxId).Select(b => b.SiteId).SingleAsync());

    /// <summary>The public page of a site, as its QR code says it.</summary>
    public Task<string> VisitAsync(string siteId) =>
        WithDbAsync(db => db.Sites.Where(s => s.Id == siteId).Select(s => "/visit/" + s.VisitToken).SingleAsync());

    /// <summary>Why a form was refused, on its page or where it leads to; null where it was not.</summary>
    public static string? FaultOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(FormFaultResult.FaultHeader, out var fault) ? fault.Single()
        : answer.Headers.Location?.ToString() is { } to && to.Split("fault=") is [_, var after] ? after.Split('&')[0]
        : null;

    /// <summary>A case on a site, by a parent of nobody's.</summary>
    public Task<string> CaseAsync(string siteId) =>
        WithDbAsync(async db =>
        {
            var made = new FeedbackCase
            {
                Id = Guid.NewGuid().ToString("N"),
                SiteId = siteId,
                Text = "soup",
                AuthorId = "somebody",
                CreatedAt = TimeProvider.System.GetUtcNow(),
                DueAt = TimeProvider.System.GetUtcNow(),
            };
            db.Cases.Add(made);
            await db.SaveChangesAsync();
            return made.Id;
        });

    /// <summary>A program's token in somebody's name.</summary>
    public Task<string> TokenAsync(string name, IReadOnlyList<string> scopes, DateTimeOffset? expires = null) =>
        WithDbAsync(async db =>
        {
            var (text, now) = (ApiToken.Prefix + Guid.NewGuid().ToString("N"), TimeProvider.System.GetUtcNow());
            db.ApiTokens.Add(
                new ApiToken
                {
                    Id = Guid.NewGuid().ToString("N"),
                    PersonId = await db.Users.Where(u => u.UserName == name).Select(u => u.Id).SingleAsync(),
                    Name = "test",
                    Hash = ApiToken.HashOf(text),
                    Scopes = string.Join(' ', scopes),
                    CreatedAt = now,
                    ExpiresAt = expires ?? now.AddDays(1),
                }
            );
            await db.SaveChangesAsync();
            return text;
        });

    /// <summary>A client with such a token.</summary>
    public async Task<HttpClient> ProgramAsync(string name, params string[] scopes)
    {
        var client = Client();
        client.DefaultRequestHeaders.Authorization = new("Bearer", await TokenAsync(name, scopes));
        return client;
    }

    /// <summary>
    /// A school of a test's own, in no region: nothing that other tests do happens there, and none of them meets it among the demo's
    /// schools.
    /// </summary>
    public Task<string> OwnSiteAsync() =>
        WithDbAsync(async db => (await new RegionTree(db).AddSiteAsync($"school {Guid.NewGuid():N}", SiteKinds.SchoolCanteen, null)).Id);

    /// <summary>
    /// Somebody of a test's own with a role at a site, signed in: what the demo's people are told depends on what other tests do.
    /// </summary>
    public async Task<HttpClient> PersonAsync(string role, string siteId)
    {
        var name = $"{role}{Guid.NewGuid():N}"[..24];
        await WithDbAsync(async db =>
        {
            var person = new Person
            {
                UserName = name,
                NormalizedUserName = name.ToUpperInvariant(),
                DisplayName = name,
                SecurityStamp = Guid.NewGuid().ToString("N"),
                LockoutEnabled = true,
            };
            person.PasswordHash = new PasswordHasher<Person>().HashPassword(person, Password);
            db.Users.Add(person);
            db.UserRoles.Add(
                new() { UserId = person.Id, RoleId = await db.Roles.Where(r => r.Name == role).Select(r => r.Id).SingleAsync() }
            );
            db.Grants.Add(
                new Grant
                {
                    Id = Guid.NewGuid().ToString("N"),
                    PersonId = person.Id,
                    SiteId = siteId,
                }
            );
            return await db.SaveChangesAsync();
        });
        return await SignInAsync(name);
    }

    /// <summary>A menu of a site's.</summary>
    public Task<string> RecordAsync(string siteId) =>
        WithDbAsync(async db =>
        {
            var now = TimeProvider.System.GetUtcNow();
            var made = new KitchenRecord
            {
                Id = Guid.NewGuid().ToString("N"),
                SiteId = siteId,
                Kind = RecordKinds.Menu,
                Day = DateOnly.FromDateTime(now.UtcDateTime),
                At = now,
                PersonId = "somebody",
            };
            db.Records.Add(made);
            await db.SaveChangesAsync();
            return made.Id;
        });

    /// <summary>Somebody who works at a site.</summary>
    public Task<string> MemberAsync(string siteId, DateOnly? certificateUntil = null) =>
        WithDbAsync(async db =>
        {
            var made = new StaffMember
            {
                Id = Guid.NewGuid().ToString("N"),
                SiteId = siteId,
                Name = $"厨工{Guid.NewGuid().ToString("N")[..4]}",
                CertificateUntil = certificateUntil,
            };
            db.Staff.Add(made);
            await db.SaveChangesAsync();
            return made.Id;
        });

    /// <summary>The demo's city, or one that nobody was granted.</summary>
    public Task<string> RegionAsync(bool foreign) =>
        WithDbAsync(async db =>
        {
            if (!foreign)
                return await db.Regions.Where(r => r.Name == "示范市").Select(r => r.Id).SingleAsync();
            var id = Guid.NewGuid().ToString("N");
            db.Regions.Add(
                new Region
                {
                    Id = id,
                    Name = "another city",
                    Level = RegionLevels.City,
                    Path = $"/{id}/",
                }
            );
            await db.SaveChangesAsync();
            return id;
        });

    /// <summary>Looks into the server's database, or puts in what no page makes.</summary>
    public async Task<T> WithDbAsync<T>(Func<CentralDb, Task<T>> use)
    {
        await using var db = database is null
            ? Sqlite(Path.Combine(folder, "data", "central.db"))
            : new PostgresDb(new DbContextOptionsBuilder<PostgresDb>().UseNpgsql(database).Options);
        return await use(db);
    }

    private static CentralDb Sqlite(string path) => new(new DbContextOptionsBuilder<CentralDb>().UseSqlite($"Data Source={path}").Options);

    /// <summary>A code by which parents join the demo's school, from its administrator's page.</summary>
    public async Task<string> InvitationAsync()
    {
        using var admin = await SignInAsync("admin");
        // The demo's own school: other tests add sites to its city.
        var form = new Dictionary<string, string> { ["_handler"] = $"invite-{await DemoSiteAsync()}" };
        using var answer = await PostFormAsync(admin, "/people", "/people", form);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return Regex.Match(page, "join\\?code=([A-Z0-9]{5}-[A-Z0-9]{5})").Groups[1].Value;
    }

    /// <summary>Posts a form with the token of the page that carries it.</summary>
    public static async Task<HttpResponseMessage> PostFormAsync(
        HttpClient client,
        string page,
        string action,
        Dictionary<string, string> fields
    )
    {
        var cancel = TestContext.Current.CancellationToken;
        fields["__RequestVerificationToken"] = Token().Match(await client.GetStringAsync(page, cancel)).Groups[1].Value;
        return await client.PostAsync(action, Form(fields), cancel);
    }

    /// <summary>A form as a page sends it that may carry a picture too.</summary>
    public static MultipartFormDataContent Form(Dictionary<string, string> fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        return form;
    }

    /// <summary>A box that has enrolled.</summary>
    public async Task<TestBox> BoxAsync(string? site = null)
    {
        var box = new TestBox(Process.Address);
        var answer = await EnrolAsync(await Process.EnrolmentCodeAsync(TestContext.Current.CancellationToken, site), box);
        answer.EnsureSuccessStatusCode();
        box.Id = (await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(TestContext.Current.CancellationToken))!.BoxId;
        return box;
    }

    /// <summary>Enrols a box at a server of a test's own.</summary>
    public static async Task EnrolAsync(CentralServerProcess process, TestBox box, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = process.Address };
        using var answer = await client.PostAsJsonAsync(
            BoxRoutes.Enrol,
            new EnrolmentRequest(await process.EnrolmentCodeAsync(cancel), box.PublicKey, "test box"),
            cancel
        );
        answer.EnsureSuccessStatusCode();
        box.Id = (await answer.Content.ReadFromJsonAsync<EnrolmentAnswer>(cancel))!.BoxId;
    }

    public async Task<HttpResponseMessage> EnrolAsync(string code, TestBox box)
    {
        using var client = Client();
        return await client.PostAsJsonAsync(
            BoxRoutes.Enrol,
            new EnrolmentRequest(code, box.PublicKey, "test box"),
            TestContext.Current.CancellationToken
        );
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
