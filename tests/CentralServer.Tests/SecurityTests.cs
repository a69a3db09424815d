using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Sealing;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>What somebody hostile tries, on the running server.</summary>
public sealed partial class SecurityTests(RunningServer server)
{
    private static readonly string[] PagesOfAll =
    [
        "/",
        "/live",
        "/cases",
        "/records",
        "/risk",
        "/draws",
        "/audit",
        "/boxes",
        "/regions",
        "/people",
        "/account",
        "/api-access",
        "/api-reference",
        "/sign-in",
        "/join",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_five_wrong_passwords_the_right_one_does_not_open_either()
    {
        var name = await PersonAsync(Roles.Manager);
        for (var i = 0; i < 5; i++)
            (await SignInAsync(name, "wrong-wrong-wrong")).ShouldContain(i < 4 ? "fault=wrong" : "fault=locked");
        (await SignInAsync(name, RunningServer.Password)).ShouldContain("fault=locked");
    }

    [Fact]
    public async Task No_form_that_changes_something_is_taken_without_its_token()
    {
        // Every endpoint of the server's own table that the cookie of a person opens.
        var lines = await AccessTableTests.TableAsync();
        var wrong = new List<string>();
        var tried = 0;
        foreach (var (methods, route, who) in lines.Where(l => l.Who is not ("box" or "kiosk" or "token")))
        {
            foreach (var method in methods.Split(',').Where(m => m is not ("GET" or "HEAD")))
            {
                if (route.StartsWith("/box/", StringComparison.Ordinal) || route.StartsWith("/kiosk/", StringComparison.Ordinal))
                    continue;
                var name = who is "-" or "*"
                    ? "manager"
                    : who.Split(',')[0] switch
                    {
                        "administrator" => "admin",
                        var role => role,
                    };
                using var client = await server.SignInAsync(name);
                using var request = new HttpRequestMessage(new(method), Regex.Replace(route, "\\{[^}]+\\}", Guid.NewGuid().ToString("N")));
                request.Content =
                    route.StartsWith("/api/", StringComparison.Ordinal) || route is "/desk/decisions" or "/push"
                        ? new StringContent("{}", System.Text.Encoding.UTF8, "application/json")
                        : RunningServer.Form(new() { ["confirm"] = "yes" });
                using var answer = await client.SendAsync(request, Cancel);
                tried++;
                // Whoever is signed in goes on to the first page from an old form of signing in, and nothing else comes of it.
                var goesOn =
                    route is "/sign-in" or "/sign-in/code" or "/join"
                    && answer.Headers.Location?.ToString() == "/"
                    && !answer.Headers.Contains("Set-Cookie");
                if (!goesOn && answer.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.NotFound))
                    wrong.Add($"{method} {route} as {name}: {(int)answer.StatusCode}");
            }
        }

        wrong.ShouldBeEmpty();
        tried.ShouldBeGreaterThan(15);
    }

    [Fact]
    public async Task Signing_out_needs_the_pages_token()
    {
        using var client = await server.SignInAsync("manager");
        (await client.PostAsync("/sign-out", RunningServer.Form(new() { ["confirm"] = "yes" }), Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await client.GetAsync("/account", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, "another site's form signs nobody out");
        (await RunningServer.PostFormAsync(client, "/account", "/sign-out", [])).Headers.Location?.ToString().ShouldBe("/sign-in");
        (await client.GetAsync("/account", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_form_of_a_second_sign_in_tab_leads_to_the_first_page_and_another_old_form_to_one_that_says_so()
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        var old = RunningServer.TokenOf(await client.GetStringAsync("/sign-in", Cancel));
        await RunningServer.SignInAsync(client, "manager");
        foreach (var form in new[] { "/sign-in", "/join" })
        {
            using var second = await client.PostAsync(
                form,
                RunningServer.Form(
                    new()
                    {
                        ["name"] = "manager",
                        ["password"] = RunningServer.Password,
                        ["__RequestVerificationToken"] = old,
                    }
                ),
                Cancel
            );
            second.Headers.Location?.ToString().ShouldBe("/", form);
        }

        using var stale = await client.PostAsync(
            "/account/totp",
            RunningServer.Form(new() { ["code"] = "123456", ["__RequestVerificationToken"] = old }),
            Cancel
        );
        stale.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await stale.Content.ReadAsStringAsync(Cancel)).ShouldContain("data-error=\"stale\"");
    }

    [Fact]
    public async Task What_is_over_a_limit_is_refused_before_its_form_is_read_or_its_token_checked()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-limits-").FullName;
        try
        {
            await using var alone = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                ["--SignIn:TriesPerMinute", "3"]
            );
            var jar = new CookieContainer();
            var handler = new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar };
            using var client = new HttpClient(handler) { BaseAddress = alone.Address };
            for (var i = 0; i < 3; i++)
            {
                using var form = RunningServer.Form(new() { ["name"] = "x", ["password"] = "y" });
                (await client.PostAsync("/sign-in", form, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, "it has no token");
            }

            // A form that never comes: whoever has the cookie's half of a token, and waits for the other half in the form, does not answer.
            using var page = await client.GetAsync("/sign-in", Cancel);
            var cookie = jar.GetCookieHeader(alone.Address);
            cookie.ShouldContain("Antiforgery");
            using var line = new System.Net.Sockets.TcpClient();
            await line.ConnectAsync("127.0.0.1", alone.Address.Port, Cancel);
            await using var stream = line.GetStream();
            await stream.WriteAsync(
                System.Text.Encoding.ASCII.GetBytes(
                    $"POST /sign-in HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                        + "Content-Length: 5000000\r\n\r\n--b\r\n"
                ),
                Cancel
            );
            using var reader = new StreamReader(stream);
            (await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe(
                "HTTP/1.1 429 Too Many Requests"
            );
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Theory]
    [InlineData("", null, "", HttpStatusCode.OK)]
    [InlineData("", "203.0.113.9", "", HttpStatusCode.NotFound)]
    [InlineData("", "127.0.0.1", "", HttpStatusCode.NotFound)]
    [InlineData("a-token-of-the-monitoring", "203.0.113.9", "a-token-of-the-monitoring", HttpStatusCode.OK)]
    [InlineData("a-token-of-the-monitoring", "203.0.113.9", "another-token-of-the-monitoring", HttpStatusCode.Unauthorized)]
    [InlineData("a-token-of-the-monitoring", null, "", HttpStatusCode.Unauthorized)]
    public async Task Metrics_are_for_this_machine_or_for_who_has_the_token(
        string token,
        string? forwardedFor,
        string sent,
        HttpStatusCode expected
    )
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-metrics-").FullName;
        try
        {
            await using var alone = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                token.Length > 0 ? ["--Metrics:Token", token] : []
            );
            using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = alone.Address };
            if (forwardedFor is not null)
                client.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
            if (sent.Length > 0)
                client.DefaultRequestHeaders.Authorization = new("Bearer", sent);
            (await client.GetAsync("/metrics", Cancel)).StatusCode.ShouldBe(expected);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Theory]
    [InlineData("/sign-in", "--SignIn:TriesPerMinute")]
    [InlineData("/join", "--Join:TriesPerMinute")]
    public async Task Guessing_many_names_or_codes_from_one_address_ends(string form, string setting)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-limits-").FullName;
        try
        {
            await using var alone = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                [setting, "3"]
            );
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = alone.Address };
            for (var i = 0; i < 3; i++)
                (
                    await RunningServer.PostFormAsync(
                        client,
                        form,
                        form,
                        new()
                        {
                            ["name"] = $"nobody-{i}",
                            ["password"] = "guess-guess-guess",
                            ["code"] = $"AAAAA-AAAA{i}",
                        }
                    )
                ).StatusCode.ShouldBe(form == "/join" ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.Redirect);
            (
                await RunningServer.PostFormAsync(client, form, form, new() { ["name"] = "nobody-4", ["password"] = "guess-guess-guess" })
            ).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task A_parents_reports_are_limited_and_so_are_a_programs_requests()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-limits-").FullName;
        try
        {
            await using var alone = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                ["--Cases:ReportsPerHour", "2", "--Api:RequestsPerMinute", "2"]
            );
            using var parent = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = alone.Address };
            await RunningServer.SignInAsync(parent, "parent");
            var site = Regex.Match(await parent.GetStringAsync("/school", Cancel), "/sites/([0-9a-f]+)/feedback").Groups[1].Value;
            var answers = new List<HttpStatusCode>();
            for (var i = 0; i < 3; i++)
                answers.Add(
                    (
                        await RunningServer.PostFormAsync(parent, "/school", $"/sites/{site}/feedback", new() { ["text"] = "soup" })
                    ).StatusCode
                );
            answers.ShouldBe([HttpStatusCode.Redirect, HttpStatusCode.Redirect, HttpStatusCode.TooManyRequests]);
            using var inspector = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = alone.Address };
            await RunningServer.SignInAsync(inspector, "inspector");
            var asked = new List<HttpStatusCode>();
            for (var i = 0; i < 3; i++)
                asked.Add((await inspector.GetAsync("/api/v1/sites", Cancel)).StatusCode);
            asked.ShouldBe([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests]);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task A_form_without_its_token_or_with_somebody_elses_does_nothing()
    {
        using var admin = await server.SignInAsync("admin");
        using var manager = await server.SignInAsync("manager");
        var stolen = RunningServer.TokenOf(await manager.GetStringAsync("/account", Cancel));
        var name = $"intruder-{Guid.NewGuid():N}";
        foreach (var token in new[] { "", "nonsense", stolen })
        {
            using var form = RunningServer.Form(
                new()
                {
                    ["name"] = name,
                    ["password"] = "rain-over-seven-hills",
                    ["role"] = Roles.Administrator,
                    ["place"] = await server.RegionAsync(false),
                    ["__RequestVerificationToken"] = token,
                }
            );
            (await admin.PostAsync("/people/new", form, Cancel)).StatusCode.ShouldBe(
                HttpStatusCode.BadRequest,
                $"with the token '{(token.Length > 8 ? "of another" : token)}'"
            );
        }

        (await server.WithDbAsync(db => db.Users.CountAsync(u => u.UserName == name))).ShouldBe(0);
    }

    [Fact]
    public async Task No_page_has_a_script_or_a_style_of_its_own_in_it_and_the_policy_allows_none()
    {
        foreach (var who in new[] { "admin", "inspector", "regulator", "manager", "parent" })
        {
            using var client = await server.SignInAsync(who);
            foreach (var path in PagesOfAll)
            {
                using var answer = await client.GetAsync(path, Cancel);
                var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
                policy.ShouldStartWith("default-src 'self'");
                policy.ShouldNotContain("unsafe");
                answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
                var page = await answer.Content.ReadAsStringAsync(Cancel);
                InlineScript().Matches(page).Where(m => !m.Value.Contains("src=", StringComparison.Ordinal)).ShouldBeEmpty(path);
                Handler().IsMatch(page).ShouldBeFalse($"{path}: {Handler().Match(page).Value}");
                page.ShouldNotContain("<style", Case.Insensitive, path);
            }
        }
    }

    [Fact]
    public async Task Cookies_are_for_this_site_out_of_scripts_reach_and_secure_where_the_proxy_says_https()
    {
        using var client = server.Client();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        var page = await client.GetAsync("/sign-in", Cancel);
        page.Headers.Contains("Strict-Transport-Security").ShouldBeTrue();
        var token = RunningServer.TokenOf(await page.Content.ReadAsStringAsync(Cancel));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in")
        {
            Content = RunningServer.Form(
                new()
                {
                    ["name"] = "parent",
                    ["password"] = RunningServer.Password,
                    ["__RequestVerificationToken"] = token,
                }
            ),
        };
        request.Headers.Add("Cookie", page.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]));
        using var answer = await client.SendAsync(request, Cancel);
        var cookies = page.Headers.GetValues("Set-Cookie").Concat(answer.Headers.GetValues("Set-Cookie")).ToList();
        cookies.ShouldContain(c => c.StartsWith(".AspNetCore.Identity.Application=", StringComparison.Ordinal));
        foreach (var cookie in cookies)
        {
            cookie.ShouldContain("httponly", Case.Insensitive);
            cookie.ShouldContain("secure", Case.Insensitive);
            cookie.ShouldMatch("(?i)samesite=(lax|strict)");
        }
    }

    [Fact]
    public async Task What_nobody_asked_for_in_a_form_or_a_body_changes_nothing()
    {
        using var stranger = server.Client();
        var name = $"joined-{Guid.NewGuid():N}";
        await RunningServer.PostFormAsync(
            stranger,
            "/join",
            "/join",
            new()
            {
                ["code"] = await server.InvitationAsync(),
                ["name"] = name,
                ["password"] = "rain-over-seven-hills",
                ["role"] = Roles.Administrator,
                ["Roles"] = Roles.Administrator,
                ["TwoFactorEnabled"] = "true",
                ["EmailConfirmed"] = "true",
            }
        );
        var person = await server.WithDbAsync(db => db.Users.SingleAsync(u => u.UserName == name));
        person.TwoFactorEnabled.ShouldBeFalse();
        (
            await server.WithDbAsync(db =>
                (
                    from ur in db.UserRoles
                    join r in db.Roles on ur.RoleId equals r.Id
                    where ur.UserId == person.Id
                    select r.Name
                ).ToListAsync()
            )
        ).ShouldBe([Roles.Parent]);

        var finding = await ReportedAsync();
        using var inspector = await server.ProgramAsync("inspector", ApiScopes.Steps);
        var step = await inspector.PostAsJsonAsync(
            $"/api/v1/findings/{finding.Id}/steps",
            new
            {
                step = "comment",
                text = "hello",
                stage = "closed",
                personId = "somebody",
                personName = "校长",
                tier = 1,
            },
            Cancel
        );
        step.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var row = await server.WithDbAsync(db => db.Findings.SingleAsync(f => f.Id == finding.Id.ToString()));
        (row.Stage, row.Tier).ShouldBe(("notified", 3));
        (
            await server.WithDbAsync(db =>
                db.FindingSteps.Where(s => s.FindingId == row.Id).OrderBy(s => s.Id).Select(s => s.PersonName).ToListAsync()
            )
        )[^1]
            .ShouldBe("检查员");
    }

    [Theory]
    [InlineData("/findings/..%2f..%2fcentral.db/still")]
    [InlineData("/findings/0123456789abcdef0123456789abcdef/pictures/..%2f..%2fcentral.db")]
    [InlineData("/findings/%00/clip")]
    [InlineData("/_content/WebComponents/..%2f..%2fappsettings.json")]
    [InlineData("/..%2f..%2fetc%2fpasswd")]
    [InlineData("/appsettings.json")]
    [InlineData("/sites/..%2f../records/x/picture")]
    [InlineData("/draws/..%2f..%2fkeys/published.json")]
    public async Task No_path_leads_to_a_file_of_the_machine(string path)
    {
        using var inspector = await server.SignInAsync("inspector");
        using var answer = await inspector.GetAsync(path, Cancel);
        ((int)answer.StatusCode).ShouldBeInRange(400, 499);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        text.ShouldNotContain("SQLite format");
        text.ShouldNotContain("MinimumLevel");
        text.ShouldNotContain("root:x");
    }

    [Fact]
    public async Task What_a_stranger_types_stays_one_line_of_the_log()
    {
        var marker = Guid.NewGuid().ToString("N");
        using var stranger = server.Client();
        await RunningServer.PostFormAsync(
            stranger,
            "/sign-in",
            "/sign-in",
            new() { ["name"] = $"{marker}\n{{\"@t\":\"2026-01-01\",\"@m\":\"forged\"}}", ["password"] = $"{marker}-secret-password" }
        );
        using var box = new TestBox(server.Process.Address) { Id = $"{marker}\r\nforged" };
        using (var client = box.Client())
            await client.GetAsync("/box/hub", Cancel);
        await stranger.GetAsync($"/x%0a{marker}", Cancel);
        var lines = await LinesAsync(server.Process.Child.LogFile);
        lines.Length.ShouldBeGreaterThan(0);
        foreach (var line in lines.Where(l => l.Length > 0))
            Should.NotThrow(() => JsonDocument.Parse(line), line);
        lines.ShouldNotContain(l => l.Contains($"{marker}-secret-password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_lie_encrypted()
    {
        using var inspector = await server.SignInAsync("inspector");
        var finding = await ReportedAsync();
        await inspector.GetStringAsync($"/findings/{finding.Id}", Cancel);
        var sealing = await server.WithDbAsync(db => db.SealKeys.SingleAsync());
        Should.Throw<Exception>(() =>
        {
            using var key = System.Security.Cryptography.ECDsa.Create();
            key.ImportPkcs8PrivateKey(Convert.FromBase64String(sealing.Private), out _);
        });
        sealing.Private.ShouldStartWith("CfDJ8", Case.Sensitive, "it is what data protection makes");
    }

    [Fact]
    public async Task A_picture_that_is_too_large_or_none_is_refused_and_stays_nowhere()
    {
        using var manager = await server.SignInAsync("manager");
        var site = await server.DemoSiteAsync();
        foreach (
            var bytes in new byte[][]
            {
                [0xff, 0xd8, 0xff, .. new byte[9 << 20]],
                [.. "GIF89a<script>alert(1)</script>"u8],
                [.. "<?xml version=\"1.0\"?><svg onload=\"alert(1)\"/>"u8],
                [],
            }
        )
        {
            using var form = RunningServer.Form(
                new()
                {
                    ["kind"] = "waste",
                    ["v.what"] = "x",
                    ["v.kilograms"] = "1",
                    ["__RequestVerificationToken"] = RunningServer.TokenOf(await manager.GetStringAsync($"/records/{site}", Cancel)),
                }
            );
            form.Add(new ByteArrayContent(bytes), "picture", "../../evil.svg");
            using var answer = await manager.PostAsync($"/sites/{site}/records", form, Cancel);
            if (bytes.Length > 8 << 20)
                answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            else
                RunningServer.FaultOf(answer).ShouldBe(bytes.Length == 0 ? null : "picture");
        }
    }

    [Fact]
    public async Task A_body_that_never_ends_or_is_nested_deep_is_refused()
    {
        using var program = await server.ProgramAsync("inspector", ApiScopes.Steps, ApiScopes.Webhooks);
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5000);
        using var nested = new StringContent(deep, System.Text.Encoding.UTF8, "application/json");
        (await program.PostAsync("/api/v1/webhooks", nested, Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var huge = new ByteArrayContent(new byte[40 << 20]);
        huge.Headers.ContentType = new("application/json");
        try
        {
            ((int)(await program.PostAsync("/api/v1/webhooks", huge, Cancel)).StatusCode).ShouldBeOneOf(400, 413);
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            // The server had heard enough and ended the line.
        }

        (await program.GetAsync("/api/v1/webhooks", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK, "it goes on");
    }

    // Somebody of the demo's school, with the demo's password.
    private async Task<string> PersonAsync(string role)
    {
        using var admin = await server.SignInAsync("admin");
        var name = $"{role}-{Guid.NewGuid():N}";
        (
            await RunningServer.PostFormAsync(
                admin,
                "/people",
                "/people/new",
                new()
                {
                    ["name"] = name,
                    ["password"] = RunningServer.Password,
                    ["role"] = role,
                    ["place"] = await server.DemoSiteAsync(),
                }
            )
        ).Headers.Location!.ToString().ShouldBe("/people");
        return name;
    }

    private async Task<string> SignInAsync(string name, string password)
    {
        using var client = server.Client();
        return (
            await RunningServer.PostFormAsync(client, "/sign-in", "/sign-in", new() { ["name"] = name, ["password"] = password })
        ).Headers.Location!.ToString();
    }

    private async Task<FindingReport> ReportedAsync()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        return finding;
    }

    private static async Task<string[]> LinesAsync(string file)
    {
        await using var log = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(log);
        return (await reader.ReadToEndAsync(Cancel)).Split('\n')[..^1];
    }

    [GeneratedRegex("<script[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex InlineScript();

    // Between < and >, an attribute that runs something or styles by itself.
    [GeneratedRegex("<[a-z][^<>]*\\s(on[a-z]+|style)\\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Handler();
}
