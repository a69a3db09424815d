using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// Every endpoint that the server has × every role × own and foreign site. A new endpoint comes into the table by itself.
/// </summary>
public sealed partial class AccessTableTests(RunningServer server)
{
    private static readonly string[] Everybody = ["admin", "inspector", "regulator", "principal", "manager", "parent"];

    private static readonly Dictionary<string, string> RoleOf = new()
    {
        ["admin"] = "administrator",
        ["inspector"] = "inspector",
        ["regulator"] = "regulator",
        ["principal"] = "principal",
        ["manager"] = "manager",
        ["parent"] = "parent",
    };

    // What is reached by anybody signed in must be known here, and why.
    private static readonly string[] ForAnybodySignedIn =
    [
        "/_framework/opaque-redirect",
        "/account",
        "/account/totp",
        "/account/totp/begin",
        "/sign-out",
        "/",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_reaches_what_is_not_theirs()
    {
        var own = await ThingsAsync(null);
        var foreign = await ThingsAsync("a school far away");
        var wrong = new List<string>();
        var tried = 0;
        var lines = await TableAsync();
        lines.Count.ShouldBeGreaterThan(40);
        using var stranger = server.Client();
        foreach (var (methods, route, who) in lines)
        {
            if (who == "*" && !ForAnybodySignedIn.Contains(route))
                wrong.Add($"{route} is for anybody signed in; say why it may be");
            foreach (var method in methods.Split(','))
            {
                if (who != "-")
                    await ExpectAsync(stranger, "nobody", method, route, own, s => s == HttpStatusCode.Unauthorized, "401");
                foreach (var name in Everybody)
                {
                    using var client = await ClientAsync(name);
                    // A program's token for what only tokens open, with every scope; the page's cookie does not.
                    if (who == "token")
                    {
                        await ExpectAsync(client, name, method, route, own, s => s == HttpStatusCode.Unauthorized, "401");
                        using var program = await ProgramAsync(name);
                        if (name == "parent")
                        {
                            await ExpectAsync(program, name, method, route, own, s => s == HttpStatusCode.Forbidden, "403");
                            continue;
                        }

                        if (Scoped().IsMatch(route))
                            await ExpectAsync(program, name, method, route, foreign, s => s == HttpStatusCode.NotFound, "404");
                        await ExpectAsync(
                            program,
                            name,
                            method,
                            route,
                            own,
                            s => s is not HttpStatusCode.Unauthorized && (int)s < 500,
                            "neither 401 nor a fault"
                        );
                        continue;
                    }

                    if (who is "box" or "kiosk")
                    {
                        await ExpectAsync(client, name, method, route, own, s => s == HttpStatusCode.Unauthorized, "401");
                        continue;
                    }

                    if (who is "-" or "*" || who.Split(',').Contains(RoleOf[name]))
                    {
                        if (Scoped().IsMatch(route))
                        {
                            // A page without that form answers 400 to a post, before it looks for anything.
                            var page = methods == "GET,POST" && method == "POST";
                            await ExpectAsync(
                                client,
                                name,
                                method,
                                route,
                                foreign,
                                s => s == HttpStatusCode.NotFound || (page && s == HttpStatusCode.BadRequest),
                                "404"
                            );
                        }

                        // One's own is never answered by "who are you".
                        if (who != "-" && !(route == "/sign-out"))
                            await ExpectAsync(
                                client,
                                name,
                                method,
                                route,
                                own,
                                s => s is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) && (int)s < 500,
                                "neither 401, 403 nor a fault"
                            );
                    }
                    else
                    {
                        await ExpectAsync(client, name, method, route, own, s => s == HttpStatusCode.Forbidden, "403");
                        await ExpectAsync(client, name, method, route, foreign, s => s == HttpStatusCode.Forbidden, "403");
                    }
                }
            }
        }

        wrong.ShouldBeEmpty();
        tried.ShouldBeGreaterThan(300);

        async Task ExpectAsync(
            HttpClient client,
            string name,
            string method,
            string route,
            Things things,
            Func<HttpStatusCode, bool> right,
            string expected
        )
        {
            tried++;
            using var request = new HttpRequestMessage(new(method), things.Fill(route));
            if (method is "POST" or "PUT" or "PATCH")
            {
                request.Content = RunningServer.Form(
                    new()
                    {
                        ["text"] = "x",
                        ["step"] = "comment",
                        ["held"] = "false",
                        ["name"] = "",
                        ["region"] = things.Region,
                        ["confirm"] = "no",
                        ["kind"] = "waste",
                        ["__RequestVerificationToken"] = name == "nobody" ? "" : tokens[name],
                    }
                );
                if (route.StartsWith("/api/", StringComparison.Ordinal) || route is "/desk/decisions" or "/push" or "/kiosk/entries")
                {
                    request.Content = new StringContent(
                        route.Contains("records", StringComparison.Ordinal)
                            ? """{"kind":"waste","values":{}}"""
                            : """{"step":"comment","text":"x","url":"http://127.0.0.1/"}""",
                        System.Text.Encoding.UTF8,
                        "application/json"
                    );
                    request.Headers.Add("RequestVerificationToken", name == "nobody" ? "" : tokens[name]);
                }
            }

            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
            if (!right(answer.StatusCode))
                wrong.Add($"{name} {method} {things.Fill(route)} ({route}): {(int)answer.StatusCode} instead of {expected}");
        }
    }

    private readonly Dictionary<string, string> tokens = [];
    private readonly Dictionary<string, CookieContainer> jars = [];
    private readonly Dictionary<string, string> programs = [];

    private async Task<HttpClient> ClientAsync(string name)
    {
        if (!jars.TryGetValue(name, out var jar))
        {
            jar = jars[name] = new();
            using var first = Client(jar);
            await RunningServer.SignInAsync(first, name);
            tokens[name] = RunningServer.TokenOf(await first.GetStringAsync("/account", Cancel));
        }

        return Client(jar);
    }

    // With every scope; made in the database, as a parent's page has no form for it.
    private async Task<HttpClient> ProgramAsync(string name)
    {
        if (!programs.TryGetValue(name, out var token))
            token = programs[name] = await server.TokenAsync(name, [.. ApiScopes.All]);
        var client = server.Client();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    private HttpClient Client(CookieContainer jar) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar }) { BaseAddress = server.Process.Address };

    private async Task<Things> ThingsAsync(string? site)
    {
        using var box = await server.BoxAsync(site);
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { new CameraHealth(CameraId.Parse("line", null), "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) },
            Cancel
        );
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportSetup),
            new SetupReport(1, 0, SetupStates.None, null, new("Asia/Shanghai", "machine", [], [])),
            Cancel
        );
        byte[] still = [0xff, 0xd8, 0xff, 1, 2, 3],
            clip = [0, 0, 0, 8, .. "ftyp"u8, 0, 0, 0, 0];
        foreach (var (part, bytes) in new[] { (EvidencePart.Still, still), (EvidencePart.Clip, clip) })
            (
                await box.SendAsync(
                    finding.Id,
                    part,
                    new ByteArrayContent(bytes),
                    0,
                    bytes.Length,
                    Convert.ToHexStringLower(SHA256.HashData(bytes))
                )
            ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var siteId = await server.SiteOfAsync(box.Id);
        return new(
            box.Id,
            finding.Id.ToString(),
            siteId,
            await server.CaseAsync(siteId),
            await server.RegionAsync(site is not null),
            await server.RecordAsync(siteId),
            await server.MemberAsync(siteId),
            (await server.VisitAsync(siteId))["/visit/".Length..]
        );
    }

    /// <summary>Every endpoint: methods, route and who reaches it, as the server itself prints them.</summary>
    internal static async Task<List<(string Methods, string Route, string Who)>> TableAsync()
    {
        var data = Directory.CreateTempSubdirectory("brightkitchen-endpoints-").FullName;
        using var command = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("CentralServer"), "endpoints", "--Data", data])
            {
                RedirectStandardOutput = true,
            }
        )!;
        var text = await command.StandardOutput.ReadToEndAsync(Cancel);
        await command.WaitForExitAsync(Cancel);
        Directory.Delete(data, true);
        return [.. Line().Matches(text).Select(m => (m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value))];
    }

    [GeneratedRegex(@"(?m)^([A-Z,]+) (/\S*) (\S+)$")]
    private static partial Regex Line();

    // What is loaded by an id out of somebody's scope.
    [GeneratedRegex(
        @"^/(findings|live|public|recorded|playback|boxes|sites|regions|school|cases|records|staff|api/boxes|api/v1/findings|api/v1/sites)/\{"
    )]
    private static partial Regex Scoped();

    private sealed record Things(
        string Box,
        string Finding,
        string Site,
        string Case,
        string Region,
        string Record,
        string Member,
        string Visit
    )
    {
        public string Fill(string route) =>
            Parameter()
                .Replace(route, m => m.Groups[1].Value.ToLowerInvariant() switch
                    {
                        "box" => Box,
                        "camera" => "line",
                        "site" => Site,
                        "epoch" or "number" or "first" or "last" => "1",
                        "record" => Record,
                        "member" => Member,
                        "digest" => new string('0', 64),
                        "culture" => "en",
                        "token" => Visit,
                        "id" when route.StartsWith("/api/v1/sites", StringComparison.Ordinal) => Record,
                        "id" when route.StartsWith("/api/v1/findings", StringComparison.Ordinal) => Finding,
                        "id"
                            when route.StartsWith("/findings", StringComparison.Ordinal)
                                || route.StartsWith("/box/findings", StringComparison.Ordinal) => Finding,
                        "id"
                            when route.StartsWith("/boxes", StringComparison.Ordinal)
                                || route.StartsWith("/api/boxes", StringComparison.Ordinal) => Box,
                        "id" when route.StartsWith("/cases", StringComparison.Ordinal) => Case,
                        "id" when route.StartsWith("/regions", StringComparison.Ordinal) => Region,
                        "id" => Site,
                        var other => other,
                    })
            + (route.StartsWith("/recorded/", StringComparison.Ordinal) ? "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z" : "");
    }

    [GeneratedRegex(@"\{(\w+)(?::\w+)?\}")]
    private static partial Regex Parameter();
}
