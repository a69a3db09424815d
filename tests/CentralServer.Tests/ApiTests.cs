using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The API as a program of somebody's uses it.</summary>
public sealed class ApiTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_made_once_works_within_its_scopes_and_ends_when_it_is_revoked()
    {
        using var inspector = await server.SignInAsync("inspector");
        var page = await (
            await RunningServer.PostFormAsync(
                inspector,
                "/api-access",
                "/api-access",
                new()
                {
                    ["_handler"] = "token",
                    ["name"] = "dashboard",
                    ["scopes"] = "read",
                    ["days"] = "30",
                }
            )
        ).Content.ReadAsStringAsync(Cancel);
        var token = System.Text.RegularExpressions.Regex.Match(page, "bk_[A-Za-z0-9_-]{43}").Value;
        token.ShouldNotBeEmpty();
        using var program = server.Client();
        program.DefaultRequestHeaders.Authorization = new("Bearer", token);
        (await program.GetFromJsonAsync<ApiList<ApiSite>>("/api/v1/sites", Cancel))!.Items.ShouldContain(s => s.Name == "第一小学食堂");
        var finding = await ReportedAsync();
        (
            await program.PostAsJsonAsync($"/api/v1/findings/{finding.Id}/steps", new ApiStepRequest("confirm", null, null), Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.Forbidden, "it may only read");
        (await program.GetAsync("/findings/feed", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, "a token opens the API alone");
        (await inspector.GetStringAsync("/api-access", Cancel)).ShouldNotContain(token);
        (await server.WithDbAsync(db => db.ApiTokens.CountAsync(t => t.Hash == token))).ShouldBe(0);
        var id = await server.WithDbAsync(db => Task.FromResult(db.ApiTokens.Single(t => t.Hash == ApiToken.HashOf(token)).Id));
        using (var other = await server.SignInAsync("manager"))
            (await RunningServer.PostFormAsync(other, "/api-access", $"/tokens/{id}/revoke", [])).StatusCode.ShouldBe(
                HttpStatusCode.NotFound,
                "it is somebody else's"
            );
        await RunningServer.PostFormAsync(inspector, "/api-access", $"/tokens/{id}/revoke", []);
        (await program.GetAsync("/api/v1/sites", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_expired_or_invented_token_is_nobody_and_a_form_cannot_give_it_more_than_there_is()
    {
        using var late = server.Client();
        late.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            await server.TokenAsync("inspector", [ApiScopes.Read], TimeProvider.System.GetUtcNow().AddSeconds(-1))
        );
        (await late.GetAsync("/api/v1/sites", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var invented = server.Client();
        invented.DefaultRequestHeaders.Authorization = new("Bearer", "bk_" + new string('A', 43));
        (await invented.GetAsync("/api/v1/sites", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var manager = await server.SignInAsync("manager");
        foreach (var (scope, days) in new[] { ("everything", "30"), ("read", "4000"), ("read", "0") })
        {
            var page = await (
                await RunningServer.PostFormAsync(
                    manager,
                    "/api-access",
                    "/api-access",
                    new()
                    {
                        ["_handler"] = "token",
                        ["name"] = "x",
                        ["scopes"] = scope,
                        ["days"] = days,
                        ["PersonId"] = "admin",
                    }
                )
            ).Content.ReadAsStringAsync(Cancel);
            page.ShouldNotContain("bk_A", Case.Sensitive);
            WebUtility.HtmlDecode(page).ShouldContain(Copy.Of("fault.token"));
        }
    }

    [Fact]
    public async Task Findings_are_read_page_by_page_without_a_gap_and_only_ones_own()
    {
        var mine = new List<string>();
        for (var i = 0; i < 5; i++)
            mine.Add((await ReportedAsync(FindingKinds.Smoking)).Id.ToString());
        var foreign = await ReportedAsync(FindingKinds.Smoking, "a school beyond the river");
        using var program = await server.ProgramAsync("inspector", ApiScopes.Read);
        var (read, after) = (new List<ApiFinding>(), "");
        do
        {
            var page = (
                await program.GetFromJsonAsync<ApiList<ApiFinding>>($"/api/v1/findings?kind={FindingKinds.Smoking}&limit=2{after}", Cancel)
            )!;
            read.AddRange(page.Items);
            after = page.Next is null ? "" : $"&after={Uri.EscapeDataString(page.Next)}";
        } while (after.Length > 0);
        read.Select(f => f.Id).Distinct().Count().ShouldBe(read.Count);
        mine.ShouldBeSubsetOf(read.Select(f => f.Id));
        read.ShouldNotContain(f => f.Id == foreign.Id.ToString());
        read.ShouldBe(read.OrderByDescending(f => f.OpenedAt).ThenByDescending(f => f.Id, StringComparer.Ordinal));
        (await program.GetAsync("/api/v1/findings?after=nonsense", Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await program.GetAsync("/api/v1/findings?after=99999999999999999_x", Cancel)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_step_by_a_program_is_a_step_of_its_person_with_their_rights()
    {
        var finding = await ReportedAsync();
        using var inspector = await server.ProgramAsync("inspector", ApiScopes.Read, ApiScopes.Steps);
        using var manager = await server.ProgramAsync("manager", ApiScopes.Steps);
        (
            await manager.PostAsJsonAsync($"/api/v1/findings/{finding.Id}/steps", new ApiStepRequest("confirm", null, null), Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.Conflict, "a manager does not confirm");
        (
            await inspector.PostAsJsonAsync($"/api/v1/findings/{finding.Id}/steps", new ApiStepRequest("confirm", null, null), Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var life = (await inspector.GetFromJsonAsync<ApiFindingLife>($"/api/v1/findings/{finding.Id}", Cancel))!;
        life.Finding.Stage.ShouldBe("confirmed");
        life.Steps[^1].Person.ShouldBe("检查员");
    }

    [Fact]
    public async Task The_description_is_the_committed_one_and_so_is_the_page_of_the_documents()
    {
        using var anybody = server.Client();
        var served = await anybody.GetStringAsync("/api/v1/openapi.json", Cancel);
        var committed = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "openapi.json"), Cancel);
        JsonElement
            .DeepEquals(JsonDocument.Parse(served).RootElement, JsonDocument.Parse(committed).RootElement)
            .ShouldBeTrue("run `./run api-docs` and commit docs/openapi.json and docs/api.md");
        (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "api.md"), Cancel)).ShouldContain(
            ApiReference.Of(committed).Markdown().Trim(),
            Case.Sensitive,
            "run `./run api-docs` and commit docs/api.md"
        );
        using var manager = await server.SignInAsync("manager");
        (await manager.GetStringAsync("/api-reference", Cancel)).ShouldContain("POST /api/v1/findings/{id}/steps");
    }

    [Fact]
    public async Task Nothing_of_an_author_is_in_a_case_of_the_API()
    {
        var site = await server.DemoSiteAsync();
        await server.CaseAsync(site);
        using var program = await server.ProgramAsync("regulator", ApiScopes.Read);
        var text = await program.GetStringAsync("/api/v1/cases", Cancel);
        text.ShouldContain("soup");
        text.ShouldNotContain("somebody");
        text.ShouldNotContain("author", Case.Insensitive);
    }

    private async Task<FindingReport> ReportedAsync(string kind = FindingKinds.NoHat, string? site = null)
    {
        using var box = await server.BoxAsync(site);
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding() with { Kind = kind };
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        return finding;
    }
}
