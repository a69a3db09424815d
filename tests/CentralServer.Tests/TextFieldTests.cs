using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Records;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>
/// Every text field of every form and of the API, found in the server's own code: Chinese, spaces, emoji, characters of four bytes,
/// right-to-left text and the longest value that is
/// allowed come back as they were sent; what is not allowed is answered by a message and never by a fault. A new field is not in the table
/// below and fails the test until it is.
/// </summary>
public sealed class TextFieldTests(TextFieldTests.OwnServer own) : IClassFixture<TextFieldTests.OwnServer>
{
    private readonly RunningServer server = own.Server;

    /// <summary>What people type.</summary>
    private static readonly string[] Texts =
    [
        "王小明",
        "包 玉兰 (Bao Yulan)",
        "呼和浩特市新城区 第二小学",
        "🍜👩‍🍳😀",
        "𠮷野家𡘙",
        "שלום עולם",
        "مرحبا بالعالم",
        "ᠮᠣᠩᠭᠣᠯ",
        "e\u0301tude",
        "<b>&amp;\"quoted\"</b> 'x' --",
        "50 % + 100/2 ? #1",
        "a\u202Ebc",
        "\u200F12",
    ];

    /// <summary>What only a program sends.</summary>
    private static readonly string[] Odd =
    [
        "",
        "   ",
        "\0",
        "a\0b",
        "\uFFFF\uFFFE",
        "line\r\nline",
        new('\u202E', 30),
        "../../x",
        "%00",
        "{0}",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Regions, sites and people of all names are made here, which other tests need not meet.</summary>
    public sealed class OwnServer : IAsyncLifetime
    {
        public RunningServer Server { get; } = new();

        public ValueTask InitializeAsync() => Server.InitializeAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    [Fact]
    public async Task Every_text_field_of_every_form_takes_what_people_type_and_gives_it_back()
    {
        var forms = await FormsAsync();
        Declared()
            .Except(NotRead)
            .Except(forms.SelectMany(f => f.Fields.Select(x => $"{f.Handler}.{x.Name}")))
            .ShouldBeEmpty("each of these is a text field of a form that this test does not know: say how it is sent and where it is read");
        var wrong = new List<string>();
        var clients = new Dictionary<string, (HttpClient Client, string Token)>();
        foreach (var form in forms)
        {
            if (!clients.TryGetValue(form.Who, out var client))
            {
                var signedIn = form.Who.Length == 0 ? server.Client() : await server.SignInAsync(form.Who);
                signedIn.DefaultRequestHeaders.Add("Accept", "text/html");
                clients[form.Who] = client = (
                    signedIn,
                    RunningServer.TokenOf(await signedIn.GetStringAsync(form.Who.Length == 0 ? "/sign-in" : "/account", Cancel))
                );
            }

            foreach (var field in form.Fields)
            {
                foreach (var text in field.ReadAt is null ? Odd.Concat(Texts) : Odd.Concat([new('长', field.Longest + 1)]))
                    await TryAsync(client, form, field, text, mustBeTaken: false, wrong);
                if (field.ReadAt is null)
                    continue;
                foreach (var text in Texts.Append(Longest(field.Longest)).Where(t => t.Length <= field.Longest))
                    await TryAsync(client, form, field, text, mustBeTaken: true, wrong);
            }
        }

        foreach (var (client, _) in clients.Values)
            client.Dispose();
        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_text_of_the_api_comes_back_as_it_was_sent_and_what_is_none_is_refused()
    {
        // The bodies that programs send; a new one must be tried below.
        Bodies()
            .Order()
            .ShouldBe([
                "ApiEndpoints.MakeWebhook ApiWebhookRequest",
                "ApiEndpoints.SaveRecord ApiRecordRequest",
                "ApiEndpoints.Step ApiStepRequest",
                "DeviceEndpoints.Enrol EnrolmentRequest",
                "DeviceEndpoints.OrderSetup SiteSetup",
                "KioskEndpoints.Enrol EnrolmentRequest",
                "KioskEndpoints.Take KioskEntry",
                "PushEndpoints.UpdateSubscriptionAsync PushSubscriptionRequest",
                "ReviewEndpoints.DecideAsync Decision",
            ]);
        var (site, finding) = (await server.DemoSiteAsync(), await FindingAsync());
        using var manager = await server.ProgramAsync("manager", ApiScopes.Records, ApiScopes.Read);
        using var inspector = await server.ProgramAsync("inspector", ApiScopes.Steps, ApiScopes.Read, ApiScopes.Webhooks);
        foreach (var text in Texts.Append(Longest(RecordKinds.LongestText)))
        {
            var id = Guid.NewGuid().ToString("N");
            var kept = await manager.PutAsJsonAsync(
                $"/api/v1/sites/{site}/records/{id}",
                new ApiRecordRequest(
                    RecordKinds.Waste,
                    new Dictionary<string, string> { ["what"] = text, ["kilograms"] = "1" },
                    null,
                    null
                ),
                Cancel
            );
            (await kept.Content.ReadFromJsonAsync<ApiRecord>(Cancel))!.Values["what"].ShouldBe(text);
            var list = await manager.GetFromJsonAsync<ApiList<ApiRecord>>($"/api/v1/sites/{site}/records?kind=waste&limit=200", Cancel);
            list!.Items.Single(r => r.Id == id).Values["what"].ShouldBe(text);
        }

        foreach (var text in Texts.Append(Longest(WorkflowService.LongestText)))
        {
            (
                await inspector.PostAsJsonAsync($"/api/v1/findings/{finding}/steps", new ApiStepRequest(Steps.Comment, text, null), Cancel)
            ).StatusCode.ShouldBe(HttpStatusCode.NoContent, text);
            (await inspector.GetFromJsonAsync<ApiFindingLife>($"/api/v1/findings/{finding}", Cancel))!.Steps[^1].Text.ShouldBe(text);
        }

        using var stranger = server.Client();
        foreach (var text in Odd.Concat(Texts).Append(new('长', 3000)))
        {
            var quoted = JsonSerializer.Serialize(text);
            foreach (
                var (client, method, path, body) in new[]
                {
                    (
                        manager,
                        HttpMethod.Put,
                        $"/api/v1/sites/{site}/records/{Guid.NewGuid():N}",
                        $$$"""{"kind":"waste","values":{ {{{quoted}}}:"x","what":{{{quoted}}},"kilograms":"1" } }"""
                    ),
                    (
                        manager,
                        HttpMethod.Put,
                        $"/api/v1/sites/{site}/records/{Guid.NewGuid():N}",
                        $$$"""{"kind":{{{quoted}}},"values":{"what":"x"},"corrects":{{{quoted}}} }"""
                    ),
                    (inspector, HttpMethod.Post, $"/api/v1/findings/{finding}/steps", $$$"""{"step":{{{quoted}}},"text":{{{quoted}}} }"""),
                    (inspector, HttpMethod.Post, "/api/v1/webhooks", $$$"""{"url":{{{quoted}}} }"""),
                    (
                        stranger,
                        HttpMethod.Post,
                        BoxRoutes.Enrol,
                        $$$"""{"code":{{{quoted}}},"publicKey":{{{quoted}}},"name":{{{quoted}}} }"""
                    ),
                    (
                        stranger,
                        HttpMethod.Post,
                        KioskRoutes.Enrol,
                        $$$"""{"code":{{{quoted}}},"publicKey":{{{quoted}}},"name":{{{quoted}}} }"""
                    ),
                    (
                        manager,
                        HttpMethod.Get,
                        $"/api/v1/sites/{Uri.EscapeDataString(text.Replace("\0", "", StringComparison.Ordinal) + "x")}/staff",
                        ""
                    ),
                    (
                        inspector,
                        HttpMethod.Get,
                        $"/api/v1/findings?site={Uri.EscapeDataString(text)}&kind={Uri.EscapeDataString(text)}&after={Uri.EscapeDataString(text)}",
                        ""
                    ),
                }
            )
            {
                using var request = new HttpRequestMessage(method, path);
                if (body.Length > 0)
                    request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
                using var answer = await client.SendAsync(request, Cancel);
                ((int)answer.StatusCode).ShouldBeLessThan(500, $"{method} {path} {body}");
                if (answer.StatusCode is HttpStatusCode.BadRequest && path.StartsWith("/api", StringComparison.Ordinal))
                    (await answer.Content.ReadAsStringAsync(Cancel)).ShouldContain(
                        "detail",
                        Case.Sensitive,
                        $"{method} {path} {body} is refused without a word"
                    );
            }
        }
    }

    private static async Task TryAsync(
        (HttpClient Client, string Token) client,
        Form form,
        Field field,
        string text,
        bool mustBeTaken,
        List<string> wrong
    )
    {
        var (page, action) = await form.PlaceAsync();
        var fields = form.Fields.Where(f => f.Valid is not null).ToDictionary(f => f.Name, f => f.Valid!);
        foreach (var (name, value) in form.Others ?? [])
            fields[name] = value;
        fields[field.Name] = text;
        fields["__RequestVerificationToken"] = client.Token;
        using var answer = await client.Client.PostAsync(action, RunningServer.Form(fields), Cancel);
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        var what = $"{form.Handler}.{field.Name} '{(text.Length > 40 ? text[..40] + "…" : text)}' ({text.Length})";
        if ((int)answer.StatusCode >= 500)
            wrong.Add($"{what}: {(int)answer.StatusCode}");
        else if (answer.StatusCode == HttpStatusCode.BadRequest && body.Length == 0)
            wrong.Add($"{what}: refused without a word");
        else if (
            !mustBeTaken
            && field.Longest > 0
            && text.Length > field.Longest
            && RunningServer.FaultOf(answer) is null
            && !body.Contains("role=\"alert\"", StringComparison.Ordinal)
        )
            wrong.Add($"{what}: longer than allowed and not refused by a message, but {(int)answer.StatusCode} {answer.Headers.Location}");
        if (!mustBeTaken)
            return;
        if (RunningServer.FaultOf(answer) is { } fault)
        {
            wrong.Add($"{what}: refused as {fault}");
            return;
        }

        var shown =
            field.ReadAt == Here
                ? body
                : await client.Client.GetStringAsync(
                    field.ReadAt == There ? answer.Headers.Location!.ToString()
                        : field.ReadAt == OwnPage ? page
                        : field.ReadAt!,
                    Cancel
                );
        if (!WebUtility.HtmlDecode(shown).Contains(text, StringComparison.Ordinal))
            wrong.Add($"{what}: does not come back");
        if (form.AfterAsync is { } after)
            await after();
    }

    // In the handlers' and the pages' own code.
    private static IEnumerable<string> Declared()
    {
        const BindingFlags all =
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (var type in typeof(CentralDb).Assembly.GetTypes())
        {
            foreach (
                var parameter in type.GetMethods(all)
                    .SelectMany(m => m.GetParameters())
                    .Where(p => p.IsDefined(typeof(FromFormAttribute)) && p.ParameterType == typeof(string))
            )
                yield return $"{type.Name}.{parameter.Member.Name}.{parameter.Name}";
            foreach (
                var property in type.GetProperties(all)
                    .Where(p => p.IsDefined(typeof(SupplyParameterFromFormAttribute)) && p.PropertyType == typeof(string))
            )
                yield return $"{type.Name}.{property.Name.ToLowerInvariant()}.{property.Name.ToLowerInvariant()}";
            // Forms that are read as a whole: their fields are in the table by name.
            foreach (
                var method in type.GetMethods(all)
                    .Where(m =>
                        type.Name.EndsWith("Endpoints", StringComparison.Ordinal)
                        && m.ReturnType != typeof(DateOnly?)
                        && m.GetParameters().Any(p => p.ParameterType == typeof(Microsoft.AspNetCore.Http.IFormCollection))
                    )
            )
            {
                foreach (
                    var field in method.Name == "SaveRecord"
                        ? RecordFields().Select(f => f.Field).Append("kind").Append("corrects").Append("day").Distinct()
                        : ["name", "job", "certificateUntil", "trainedOn", "left"]
                )
                    yield return $"{type.Name}.{method.Name}.{field}";
            }
        }
    }

    private static IEnumerable<string> Bodies() =>
        typeof(CentralDb)
            .Assembly.GetTypes()
            .Where(t => t.Name.EndsWith("Endpoints", StringComparison.Ordinal))
            .SelectMany(t =>
                t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
                    .Where(m =>
                        !m.Name.Contains('<', StringComparison.Ordinal)
                        && m.GetParameters().Any(p => p.ParameterType == typeof(CancellationToken))
                    )
                    .SelectMany(m =>
                        m.GetParameters()
                            .Where(p =>
                                p.ParameterType.GetMethod("<Clone>$") is not null
                                && p.ParameterType.Name.Length > 4
                                && !p.ParameterType.IsAbstract
                            )
                            .Select(p => $"{t.Name}.{m.Name} {p.ParameterType.Name}")
                    )
            );

    private static IEnumerable<(RecordKind Kind, string Field)> RecordFields() =>
        RecordKinds.All.Where(k => k.By.Count > 0).SelectMany(k => k.Fields.Select(f => (k, "v." + f.Name)));

    private static string Longest(int length) => string.Concat(Enumerable.Repeat("𠮷", length / 2)) + (length % 2 == 1 ? "长" : "");

    private async Task<string> FindingAsync()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        return finding.Id.ToString();
    }

    private async Task<List<Form>> FormsAsync()
    {
        var site = await server.DemoSiteAsync();
        var (visit, city, finding, member) = (
            await server.VisitAsync(site),
            await server.RegionAsync(false),
            await FindingAsync(),
            await server.MemberAsync(site)
        );
        var regulator = await server.SignInAsync("regulator");
        Func<Task<(string, string)>> At(string page, string action) => () => Task.FromResult((page, action));
        Func<Task<(string, string)>> Case(string step) =>
            async () => await server.CaseAsync(site) is var id ? ($"/cases/{id}", $"/cases/{id}/{step}") : default;
        var on = TimeProvider.System.GetUtcNow().AddDays(9).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        async Task<(string, string)> BegunAsync(string step)
        {
            var page = (
                await RunningServer.PostFormAsync(
                    regulator,
                    "/draws",
                    "/draws/new",
                    new()
                    {
                        ["region"] = city,
                        ["count"] = "1",
                        ["publishOn"] = on,
                        ["source"] = step == "draw" ? "x" : "",
                    }
                )
            ).Headers.Location!.ToString();
            return (page, $"{page}/{step}");
        }

        var old = await OldDrawAsync(city);
        List<Form> forms =
        [
            new("SiteEndpoints.AddRegion", "admin", At("/regions", $"/regions/{city}/regions"), [new("name", "x", 60, OwnPage)]),
            new(
                "SiteEndpoints.AddSite",
                "admin",
                At("/regions", $"/regions/{city}/sites"),
                [new("name", "x", 60, OwnPage), new("kind", "restaurant")]
            ),
            new(
                "SiteEndpoints.AddArea",
                "admin",
                At("/regions", $"/sites/{site}/areas"),
                [new("name", "x", 60, OwnPage), new("kind", "cooking")]
            ),
            new("SiteEndpoints.ReplaceVisitToken", "manager", At("/school", "/sites/nothing/visit-token"), [new("confirm", "no")]),
            new(
                "PeopleEndpoints.AddPerson",
                "admin",
                At("/people", "/people/new"),
                [new("name", null), new("displayName", "x"), new("password", "x"), new("role", "x"), new("place", "x")]
            ),
            new("SignInEndpoints.SignIn", "", At("/sign-in", "/sign-in"), [new("name", "x"), new("password", "x"), new("returnUrl", "/")]),
            new("SignInEndpoints.SecondFactor", "", At("/sign-in", "/sign-in/code"), [new("code", "x"), new("returnUrl", "/")]),
            new(
                "SignInEndpoints.Join",
                "",
                At("/join", "/join"),
                [new("code", "x"), new("name", "x"), new("displayName", "x"), new("password", "x")]
            ),
            new("SignInEndpoints.BeginTotp", "parent", At("/account", "/account/totp/begin"), [new("begin", "x")]),
            new("SignInEndpoints.ConfirmTotp", "parent", At("/account", "/account/totp"), [new("code", "x")]),
            new("KioskEndpoints.Revoke", "admin", At("/boxes", "/kiosks/nothing/revoke"), [new("confirm", "no")]),
            new("DeviceEndpoints.Revoke", "admin", At("/boxes", "/boxes/nothing/revoke"), [new("confirm", "no")]),
            new("TokenEndpoints.Revoke", "manager", At("/api-access", "/tokens/nothing/revoke"), [new("confirm", "no")]),
            new("TokenEndpoints.Remove", "manager", At("/api-access", "/webhooks/nothing/remove"), [new("confirm", "no")]),
            new(
                "FindingEndpoints.Step",
                "inspector",
                At($"/findings/{finding}", $"/findings/{finding}/steps"),
                [new("step", Steps.Comment), new("text", "x", WorkflowService.LongestText, OwnPage)]
            ),
            new(
                "CaseEndpoints.Report",
                "parent",
                At("/school", $"/sites/{site}/feedback"),
                [new("text", "x", CaseService.LongestText, OwnPage)]
            ),
            new("CaseEndpoints.ReportAsVisitor", "", At(visit, $"{visit}/feedback"), [new("text", "x", CaseService.LongestText, There)]),
            new(
                "CaseEndpoints.Answer",
                "regulator",
                Case("answer"),
                [new("text", "x", CaseService.LongestText, OwnPage), new("publicText", "x", CaseService.LongestText, OwnPage)]
            ),
            new(
                "CaseEndpoints.HandOver",
                "regulator",
                Case("hand-over"),
                [new("region", city), new("text", "x", CaseService.LongestText, OwnPage)]
            ),
            new("CaseEndpoints.TakeBack", "regulator", Case("take-back"), [new("text", "x")]),
            new(
                "RiskEndpoints.Begin",
                "regulator",
                At("/draws", "/draws/new"),
                [new("region", city), new("source", "x", DrawService.LongestSource, There), new("publishOn", on)],
                new() { ["count"] = "1" }
            ),
            new("RiskEndpoints.Draw", "regulator", () => BegunAsync("draw"), [new("text", "x", DrawService.LongestText, OwnPage)]),
            new("RiskEndpoints.Drop", "regulator", () => BegunAsync("drop"), [new("text", "x", DrawService.LongestText, OwnPage)]),
            new(
                "RiskEndpoints.Result",
                "regulator",
                At($"/draws/{old}", $"/draws/{old}/results"),
                [new("site", "s-1"), new("text", "x", DrawService.LongestText, OwnPage)]
            ),
            new(
                "RecordEndpoints.Sign",
                "principal",
                At($"/records/{site}/report", $"/sites/{site}/reports"),
                [new("span", "week"), new("remarks", "x", RecordKinds.LongestText, There)]
            ),
            new(
                "RecordEndpoints.Staff",
                "manager",
                At($"/staff/{site}", $"/sites/{site}/staff/{member}"),
                [
                    new("name", "x", 60, OwnPage),
                    new("job", "x", 60, OwnPage),
                    new("certificateUntil", ""),
                    new("trainedOn", ""),
                    new("left", ""),
                ]
            ),
            new(
                "ApiAccessPage.name",
                "manager",
                At("/api-access", "/api-access"),
                [new("name", "x", ApiTokens.LongestName, Here)],
                new()
                {
                    ["_handler"] = "token",
                    ["scopes"] = "read",
                    ["days"] = "1",
                },
                ForgetTokensAsync
            ),
            new("ApiAccessPage.url", "manager", At("/api-access", "/api-access"), [new("url", "x")], new() { ["_handler"] = "webhook" }),
        ];
        // Each kind of record is a form of its own.
        foreach (var kind in RecordKinds.All.Where(k => k.By.Count > 0))
        {
            forms.Add(
                new(
                    "RecordEndpoints.SaveRecord",
                    kind.By.Contains("manager") ? "manager" : "principal",
                    At($"/records/{site}", $"/sites/{site}/records"),
                    [
                        new("kind", kind.Name),
                        new("corrects", ""),
                        new("day", ""),
                        .. kind.Fields.Select(f =>
                            f.Type == FieldType.Text
                                ? new Field("v." + f.Name, "x", RecordKinds.LongestText, There)
                                : new(
                                    "v." + f.Name,
                                    f.Type switch
                                    {
                                        FieldType.Number => Math.Max(f.Least, 36)
                                            .ToString(System.Globalization.CultureInfo.InvariantCulture),
                                        FieldType.Choice => f.Choices![0],
                                        FieldType.YesNo => "yes",
                                        _ => member,
                                    }
                                )
                        ),
                    ]
                )
            );
        }

        return forms;
    }

    // From before there was a commitment: no seed is encrypted with the server's key.
    private Task<int> OldDrawAsync(string region) =>
        server.WithDbAsync(async db =>
        {
            var person = await db.Users.Where(u => u.UserName == "regulator").Select(u => u.Id).SingleAsync(Cancel);
            var made = new InspectionDraw
            {
                At = TimeProvider.System.GetUtcNow(),
                PersonId = person,
                RegionId = region,
                Seed = "x",
                From = DrawSeal.TextOf(new([new("s-1", "x", 1)], [], 1)),
            };
            db.Draws.Add(made);
            await db.SaveChangesAsync(Cancel);
            return made.Id;
        });

    private Task<int> ForgetTokensAsync() =>
        server.WithDbAsync(async db =>
        {
            var manager = await db.Users.Where(u => u.UserName == "manager").Select(u => u.Id).SingleAsync(Cancel);
            return await db.ApiTokens.Where(t => t.PersonId == manager && t.Name != "test").ExecuteDeleteAsync(Cancel);
        });

    // It ends the session that sends it, and its value is not read.
    private static readonly string[] NotRead = ["SignInEndpoints.SignOut.confirm"];

    private const string OwnPage = "the form's page";
    private const string There = "where it leads to";
    private const string Here = "the answer";

    /// <param name="Valid">What is sent while another field is tried; null for none.</param>
    /// <param name="Longest">In UTF-16 units, as browsers count; 0 where it is not stored.</param>
    /// <param name="ReadAt">The page that gives it back; null where it is a code, a secret or an address that is not stored as it is
    /// typed.</param>
    private sealed record Field(string Name, string? Valid, int Longest = 0, string? ReadAt = null);

    /// <param name="PlaceAsync">The form's page and where it is sent to; made for each try where one changes by it.</param>
    private sealed record Form(
        string Handler,
        string Who,
        Func<Task<(string Page, string Action)>> PlaceAsync,
        IReadOnlyList<Field> Fields,
        Dictionary<string, string>? Others = null,
        Func<Task>? AfterAsync = null
    );
}
