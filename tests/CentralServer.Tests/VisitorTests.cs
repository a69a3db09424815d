using System.Net;
using System.Text.RegularExpressions;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Somebody without an account, who has the address from the lobby's screen.</summary>
public sealed class VisitorTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_visitor_reports_follows_it_by_the_link_and_is_answered_and_nobody_else_sees_it_before()
    {
        var site = await server.DemoSiteAsync();
        using var visitor = server.Client();
        var text = $"汤里有头发 {Guid.NewGuid():N}";
        var sent = await RunningServer.PostFormAsync(visitor, $"/visit/{site}", $"/visit/{site}/feedback", new() { ["text"] = text });
        var link = sent.Headers.Location!.ToString();
        link.ShouldMatch($"^/visit/{site}\\?ticket=[A-Z0-9-]+$");
        (await visitor.GetStringAsync(link, Cancel)).ShouldContain(text);
        using var other = server.Client();
        (await other.GetStringAsync($"/visit/{site}", Cancel)).ShouldNotContain(text);
        (await other.GetStringAsync($"/visit/{site}?ticket=AAAAA-AAAAA-AAAAA-AAAAA", Cancel)).ShouldNotContain(text);

        using var regulator = await server.SignInAsync("regulator");
        var id = await server.WithDbAsync(db => Task.FromResult(db.Cases.Single(c => c.Text == text).Id));
        (await regulator.GetStringAsync($"/cases/{id}", Cancel)).ShouldContain(text);
        await RunningServer.PostFormAsync(regulator, $"/cases/{id}", $"/cases/{id}/answer", new() { ["text"] = "已核实,今日整改" });
        (await visitor.GetStringAsync(link, Cancel)).ShouldContain("已核实,今日整改");
        (await other.GetStringAsync($"/visit/{site}", Cancel)).ShouldContain(text, Case.Sensitive, "answered, it is public");
    }

    [Fact]
    public async Task An_empty_report_a_wrong_picture_and_an_unknown_site_are_told_apart()
    {
        var site = await server.DemoSiteAsync();
        using var visitor = server.Client();
        (await RunningServer.PostFormAsync(visitor, $"/visit/{site}", $"/visit/{site}/feedback", new() { ["text"] = "  " })).Headers.Location!.ToString().ShouldEndWith("fault=needs-text");
        (await visitor.GetAsync("/visit/0123456789abcdef0123456789abcdef", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await RunningServer.PostFormAsync(visitor, $"/visit/{site}", "/visit/0123456789abcdef0123456789abcdef/feedback", new() { ["text"] = "x" })).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_visitor_finds_no_way_on_to_what_is_not_public()
    {
        var site = await server.DemoSiteAsync();
        using var visitor = server.Client();
        var page = await visitor.GetStringAsync($"/visit/{site}", Cancel);
        foreach (Match way in Regex.Matches(page, "(?:src|href|action)=\"(/[^\"]*)\""))
            way.Groups[1].Value.ShouldMatch("^/(visit/|_content/|app\\.|findings\\.|told\\.|install\\.|icon-|manifest\\.|language/|$)");
    }
}
