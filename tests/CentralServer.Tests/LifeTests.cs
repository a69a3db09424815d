using System.Net;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>A finding's life from the kitchen to the public, by the people's own pages.</summary>
public sealed class LifeTests(RunningServer server)
{
    private static readonly byte[] Picture = TestPicture.Jpeg();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_notice_to_closed_every_step_is_kept_and_only_what_is_confirmed_is_public()
    {
        var finding = await ReportedAsync(FindingKinds.BinOpen);
        using var manager = await server.SignInAsync("manager");
        using var inspector = await server.SignInAsync("inspector");
        using var parent = await server.SignInAsync("parent");
        (await PageAsync(parent, "/school")).ShouldNotContain(Unique(finding), Case.Sensitive, "a clue is not public");
        await StepAsync(manager, finding, "acknowledge", "已盖好");
        await StepAsync(inspector, finding, "confirm", "");
        (await PageAsync(parent, "/school")).ShouldContain(Unique(finding));
        await StepAsync(inspector, finding, "order", "换带盖垃圾桶", hours: 48);
        await StepAsync(manager, finding, "rectify", "没有照片", fault: "needs-picture");
        await StepAsync(manager, finding, "rectify", "已换新桶", picture: Picture);
        await StepAsync(inspector, finding, "verify", "");
        await StepAsync(inspector, finding, "close", "复查合格");
        var page = await PageAsync(inspector, $"/findings/{finding.Id}");
        foreach (var step in new[] { "notify", "acknowledge", "confirm", "order", "rectify", "verify", "close" })
            page.ShouldContain($"class=\"step step-{step}\"");
        foreach (var said in new[] { "已盖好", "换带盖垃圾桶", "已换新桶", "复查合格", "data-stage=\"closed\"" })
            page.ShouldContain(said);
        (await PageAsync(parent, "/school")).ShouldContain("已换新桶", Case.Sensitive, "the public sees what was done");
    }

    [Theory]
    [InlineData("manager", "confirm")]
    [InlineData("principal", "dismiss")]
    [InlineData("regulator", "confirm")]
    [InlineData("inspector", "acknowledge")]
    [InlineData("inspector", "verify")]
    [InlineData("inspector", "close")]
    [InlineData("inspector", "nonsense")]
    public async Task Who_may_not_or_too_early_changes_nothing(string who, string step)
    {
        var finding = await ReportedAsync(FindingKinds.NoMask);
        using var client = await server.SignInAsync(who);
        await StepAsync(client, finding, step, "因为", fault: "not-now");
        (await PageAsync(client, $"/findings/{finding.Id}")).ShouldContain("data-stage=\"notified\"");
    }

    [Fact]
    public async Task A_dismissal_needs_a_reason_and_is_never_public()
    {
        var finding = await ReportedAsync(FindingKinds.Rodent);
        using var inspector = await server.SignInAsync("inspector");
        await StepAsync(inspector, finding, "dismiss", "  ", fault: "needs-text");
        await StepAsync(inspector, finding, "dismiss", "是一只宠物猫");
        using var parent = await server.SignInAsync("parent");
        (await PageAsync(parent, "/school")).ShouldNotContain(Unique(finding));
    }

    [Fact]
    public async Task Two_who_decide_at_once_decide_once()
    {
        var finding = await ReportedAsync(FindingKinds.NoHat);
        using var first = await server.SignInAsync("inspector");
        using var second = await server.SignInAsync("inspector");
        var answers = await Task.WhenAll(
            PostAsync(first, finding, "confirm", ""),
            PostAsync(second, finding, "dismiss", "看错了"),
            PostAsync(first, finding, "confirm", "")
        );
        answers.Count(a => RunningServer.FaultOf(a) is null).ShouldBeInRange(1, 2, "one, or a confirmation that is dismissed after");
        var page = await PageAsync(first, $"/findings/{finding.Id}");
        page.Split("step-confirm").Length.ShouldBeLessThanOrEqualTo(2, "nobody confirms twice");
    }

    [Fact]
    public async Task A_site_appeals_once_and_the_inspector_upholds_or_dismisses()
    {
        var finding = await ReportedAsync(FindingKinds.Smoking);
        using var principal = await server.SignInAsync("principal");
        using var inspector = await server.SignInAsync("inspector");
        await StepAsync(principal, finding, "appeal", "还没有确认", fault: "not-now");
        await StepAsync(inspector, finding, "confirm", "");
        await StepAsync(principal, finding, "appeal", "那是蒸汽");
        await StepAsync(principal, finding, "appeal", "再说一次", fault: "not-now");
        (await PageAsync(inspector, "/?show=appealed")).ShouldContain(finding.Id.ToString());
        await StepAsync(inspector, finding, "uphold", "片段清楚");
        (await PageAsync(inspector, "/?show=appealed")).ShouldNotContain(finding.Id.ToString());
    }

    [Fact]
    public async Task An_alarm_that_an_inspector_sends_up_bears_no_mark_as_nobody_is_late()
    {
        var finding = await ReportedAsync(FindingKinds.Rodent);
        using var inspector = await server.SignInAsync("inspector");
        await StepAsync(inspector, finding, "escalate", "要让旗区知道");
        var page = await PageAsync(inspector, $"/findings/{finding.Id}");
        page.ShouldContain("data-level=\"1\"");
        page.ShouldNotContain("mark-yellow");
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_and_said()
    {
        var finding = await ReportedAsync(FindingKinds.BinOpen);
        using var inspector = await server.SignInAsync("inspector");
        using var manager = await server.SignInAsync("manager");
        await StepAsync(inspector, finding, "confirm", "");
        await StepAsync(inspector, finding, "order", "盖上", hours: 1);
        await StepAsync(manager, finding, "rectify", "好了", picture: "<svg onload=alert(1)>"u8.ToArray(), fault: "picture");
        (await PageAsync(manager, $"/findings/{finding.Id}?fault=picture")).ShouldContain("data-fault=\"picture\"");
    }

    [Fact]
    public async Task The_audit_log_tells_of_steps_and_looks_and_is_whole()
    {
        var finding = await ReportedAsync(FindingKinds.Phone);
        using var inspector = await server.SignInAsync("inspector");
        await StepAsync(inspector, finding, "comment", "值得记住的话");
        (await inspector.GetAsync($"/findings/{finding.Id}/still", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await inspector.GetAsync($"/findings/{finding.Id}/still", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await PageAsync(inspector, "/audit");
        page.ShouldContain(Copy.Of("labelled", Copy.Of("step.comment"), "值得记住的话"));
        page.ShouldContain("data-chain=\"whole\"");
        var looks = System.Text.RegularExpressions.Regex.Count(
            page,
            $@"data-action=""{AuditActions.View}"">[^<]*</td>\s*<td>[^<]*<a href=""/findings/{finding.Id}"""
        );
        looks.ShouldBe(1, "the same look again within minutes is one");
    }

    [Fact]
    public async Task A_parents_report_is_answered_in_public_and_never_shows_its_author()
    {
        var site = await server.DemoSiteAsync();
        // Of a name that no page says for another reason.
        using var parent = await server.PersonAsync(Roles.Parent, site);
        using var principal = await server.SignInAsync("principal");
        using var inspector = await server.SignInAsync("inspector");
        var text = $"汤里有一根头发 {Guid.NewGuid():N}";
        using var posted = await RunningServer.PostFormAsync(parent, "/school", $"/sites/{site}/feedback", new() { ["text"] = text });
        posted.Headers.Location?.ToString().ShouldBe($"/school/{site}?sent=yes");
        var list = await PageAsync(principal, "/cases");
        list.ShouldContain(text);
        var id = System
            .Text.RegularExpressions.Regex.Match(
                list[..list.IndexOf(text, StringComparison.Ordinal)],
                "/cases/([0-9a-f]{32})",
                System.Text.RegularExpressions.RegexOptions.RightToLeft
            )
            .Groups[1]
            .Value;
        var author = await server.WithDbAsync(db =>
            db.Cases.Where(c => c.Id == id).Join(db.Users, c => c.AuthorId, p => p.Id, (c, p) => p.DisplayName).SingleAsync(Cancel)
        );
        author.ShouldStartWith(Roles.Parent);
        foreach (var who in new[] { principal, inspector })
            (await PageAsync(who, $"/cases/{id}")).ShouldNotContain(author, Case.Sensitive, "whoever wrote it is shown to nobody");
        var told = await PageAsync(inspector, $"/audit?q={id}");
        told.ShouldContain($"<a href=\"/cases/{id}\">");
        told.ShouldNotContain(author);
        // Somebody else changed the case meanwhile: the answer that was typed is in its field again.
        using (
            var refused = await RunningServer.PostFormAsync(
                inspector,
                $"/cases/{id}",
                $"/cases/{id}/answer",
                new()
                {
                    ["text"] = "已更换工作帽",
                    ["publicText"] = "谢谢您",
                    ["version"] = "7",
                }
            )
        )
        {
            RunningServer.FaultOf(refused).ShouldBe("changed");
            var again = await refused.Content.ReadAsStringAsync(Cancel);
            again.ShouldContain(">已更换工作帽</textarea>");
            again.ShouldContain(">谢谢您</textarea>");
        }

        await RunningServer.PostFormAsync(inspector, $"/cases/{id}", $"/cases/{id}/answer", new() { ["text"] = "已更换工作帽并培训" });
        (await PageAsync(parent, "/school")).ShouldContain("已更换工作帽并培训");
        using var late = await RunningServer.PostFormAsync(inspector, "/account", $"/cases/{id}/answer", new() { ["text"] = "再答一次" });
        RunningServer.FaultOf(late).ShouldBe("not-now");
    }

    [Fact]
    public async Task Parents_join_by_a_code_and_see_their_school_and_nothing_else()
    {
        var code = await server.InvitationAsync();
        using var client = server.Client();
        var name = $"p{Guid.NewGuid():N}"[..20];
        foreach (var (typed, password, fault) in new[] { ("WRONG-CODE9", "a long enough one", "code"), (code, "short", "password") })
        {
            using var refused = await RunningServer.PostFormAsync(
                client,
                $"/join?code={code}",
                "/join",
                new()
                {
                    ["code"] = typed,
                    ["name"] = name,
                    ["password"] = password,
                }
            );
            RunningServer.FaultOf(refused).ShouldNotBeNull().ShouldStartWith(fault);
        }

        (
            await RunningServer.PostFormAsync(
                client,
                $"/join?code={code}",
                "/join",
                new()
                {
                    ["code"] = code,
                    ["name"] = name,
                    ["password"] = "a long enough one",
                }
            )
        ).Headers.Location!.ToString().ShouldBe("/");
        (await PageAsync(client, "/school")).ShouldContain("第一小学食堂");
        (await client.GetAsync("/live", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static string Unique(FindingReport finding) => finding.Zone;

    private async Task<FindingReport> ReportedAsync(string kind)
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var finding = TestBox.Finding() with { Kind = kind, Zone = $"zone {Guid.NewGuid():N}" };
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), finding, Cancel);
        (
            await box.SendAsync(
                finding.Id,
                EvidencePart.Still,
                new ByteArrayContent(Picture),
                0,
                Picture.Length,
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Picture))
            )
        ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        return finding;
    }

    private static async Task<string> PageAsync(HttpClient client, string path) =>
        WebUtility.HtmlDecode(await client.GetStringAsync(path, Cancel));

    private static async Task StepAsync(
        HttpClient client,
        FindingReport finding,
        string step,
        string text,
        double? hours = null,
        byte[]? picture = null,
        string? fault = null
    )
    {
        using var answer = await PostAsync(client, finding, step, text, hours, picture);
        RunningServer.FaultOf(answer).ShouldBe(fault);
        if (fault is null)
            answer.Headers.Location?.ToString().ShouldBe($"/findings/{finding.Id}");
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient client,
        FindingReport finding,
        string step,
        string text,
        double? hours = null,
        byte[]? picture = null
    )
    {
        var form = new MultipartFormDataContent
        {
            { new StringContent(RunningServer.TokenOf(await client.GetStringAsync("/account", Cancel))), "__RequestVerificationToken" },
            { new StringContent(step), "step" },
            { new StringContent(text), "text" },
        };
        if (hours is { } h)
            form.Add(new StringContent(h.ToString(System.Globalization.CultureInfo.InvariantCulture)), "hours");
        if (picture is not null)
            form.Add(new ByteArrayContent(picture), "picture", "after.jpg");
        return await client.PostAsync($"/findings/{finding.Id}/steps", form, Cancel);
    }
}
