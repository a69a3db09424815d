using System.Net;
using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Cases;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Somebody without an account, who has the address from the lobby's screen.</summary>
public sealed class VisitorTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_visitor_reports_follows_it_by_the_link_and_is_answered_and_nobody_else_sees_it_before()
    {
        var visit = await server.VisitAsync(await server.DemoSiteAsync());
        using var visitor = server.Client();
        var text = $"汤里有头发 {Guid.NewGuid():N}";
        var sent = await RunningServer.PostFormAsync(visitor, visit, $"{visit}/feedback", new() { ["text"] = text });
        var link = sent.Headers.Location!.ToString();
        link.ShouldMatch($"^{visit}\\?ticket=[A-Z0-9-]+$");
        (await visitor.GetStringAsync(link, Cancel)).ShouldContain(text);
        using var other = server.Client();
        (await other.GetStringAsync(visit, Cancel)).ShouldNotContain(text);
        (await other.GetStringAsync($"{visit}?ticket=AAAAA-AAAAA-AAAAA-AAAAA", Cancel)).ShouldNotContain(text);

        var summary = $"有家长反映汤的问题 {Guid.NewGuid():N}";
        using var regulator = await server.SignInAsync("regulator");
        var id = await server.WithDbAsync(db => Task.FromResult(db.Cases.Single(c => c.Text == text).Id));
        (await regulator.GetStringAsync($"/cases/{id}", Cancel)).ShouldContain(text);
        await RunningServer.PostFormAsync(
            regulator,
            $"/cases/{id}",
            $"/cases/{id}/answer",
            new() { ["text"] = "已核实,今日整改", ["publicText"] = summary }
        );
        (await visitor.GetStringAsync(link, Cancel)).ShouldContain("已核实,今日整改");
        var open = await other.GetStringAsync(visit, Cancel);
        open.ShouldContain(summary, Case.Sensitive, "an official's words are public");
        open.ShouldNotContain(text, Case.Sensitive, "the reporter's own never are");
        (await visitor.GetStringAsync(link, Cancel)).ShouldContain(text, Case.Sensitive, "they see what they wrote");
    }

    [Fact]
    public async Task What_is_answered_without_a_published_summary_stays_unread_by_others()
    {
        var visit = await server.VisitAsync(await server.DemoSiteAsync());
        using var visitor = server.Client();
        var (text, answer) = ($"汤里有头发 {Guid.NewGuid():N}", $"已核实 {Guid.NewGuid():N}");
        await RunningServer.PostFormAsync(visitor, visit, $"{visit}/feedback", new() { ["text"] = text });
        using var regulator = await server.SignInAsync("regulator");
        var id = await server.WithDbAsync(db => Task.FromResult(db.Cases.Single(c => c.Text == text).Id));
        await RunningServer.PostFormAsync(regulator, $"/cases/{id}", $"/cases/{id}/answer", new() { ["text"] = answer });
        using var other = server.Client();
        var open = await other.GetStringAsync(visit, Cancel);
        open.ShouldContain(answer, Case.Sensitive, "it is answered");
        open.ShouldNotContain(text, Case.Sensitive, "and no one has read the reporter's words before they would be public");
    }

    [Fact]
    public async Task An_empty_report_a_wrong_picture_and_an_unknown_site_are_told_apart()
    {
        var visit = await server.VisitAsync(await server.DemoSiteAsync());
        using var visitor = server.Client();
        (await RunningServer.PostFormAsync(visitor, visit, $"{visit}/feedback", new() { ["text"] = "  " })).ShouldSatisfyAllConditions(a =>
            RunningServer.FaultOf(a).ShouldBe("needs-text")
        );
        (await visitor.GetAsync("/visit/0123456789abcdef0123456789abcdef", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (
            await RunningServer.PostFormAsync(visitor, visit, "/visit/0123456789abcdef0123456789abcdef/feedback", new() { ["text"] = "x" })
        ).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_visitor_finds_no_way_on_to_what_is_not_public()
    {
        var visit = await server.VisitAsync(await server.DemoSiteAsync());
        using var visitor = server.Client();
        var page = await visitor.GetStringAsync(visit, Cancel);
        foreach (Match way in Regex.Matches(page, "(?:src|href|action)=\"(/[^\"]*)\""))
            way.Groups[1]
                .Value.ShouldMatch("^/(visit/|_content/|app\\.|findings\\.|told\\.|upload\\.|install\\.|icon-|manifest\\.|language/|$)");
    }
}
