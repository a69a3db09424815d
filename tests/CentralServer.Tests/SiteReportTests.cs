using System.Net;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The week and the term that a principal signs.</summary>
public sealed class SiteReportTests(RunningServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2026-11-23", "2026-11-23", "2026-11-29")]
    [InlineData("2026-11-29", "2026-11-23", "2026-11-29")]
    [InlineData("2027-01-01", "2026-12-28", "2027-01-03")]
    public void A_week_is_from_monday_to_sunday(string day, string from, string to) =>
        SiteReportPeriod.Week(Day(day)).ShouldBe(new(Day(from), Day(to)));

    [Theory]
    [InlineData("2026-09-01", "2026-09-01", "2027-01-31")]
    [InlineData("2027-01-31", "2026-09-01", "2027-01-31")]
    [InlineData("2027-02-01", "2027-02-01", "2027-08-31")]
    [InlineData("2026-08-31", "2026-02-01", "2026-08-31")]
    public void A_term_is_the_schools(string day, string from, string to)
    {
        var term = SiteReportPeriod.Term(Day(day));
        term.ShouldBe(new(Day(from), Day(to)));
        term.Before.To.AddDays(1).ShouldBe(term.From);
    }

    [Theory]
    [InlineData("0001-01-01")]
    [InlineData("9999-12-31")]
    public void A_day_that_no_school_means_is_today(string day) =>
        SiteReportPeriod.Of("term", Day(day), Day("2026-11-25")).ShouldBe(SiteReportPeriod.Term(Day("2026-11-25")));

    [Fact]
    public async Task What_was_signed_stays_as_it_was_and_only_a_principal_signs()
    {
        using var box = await server.BoxAsync($"a school that signs {Guid.NewGuid():N}");
        var site = await server.SiteOfAsync(box.Id);
        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);
        // Of this school alone: other tests count on the demo's people having one school.
        using var manager = await server.PersonAsync(Roles.Manager, site);
        using var principal = await server.PersonAsync(Roles.Principal, site);
        var path = $"/records/{site}/report";
        async Task<string> SignAsync(HttpClient who, string remarks) =>
            (
                await RunningServer.PostFormAsync(
                    who,
                    "/account",
                    $"/sites/{site}/reports",
                    new() { ["span"] = "week", ["remarks"] = remarks }
                )
            ).Headers.Location!.ToString();
        (await SignAsync(manager, "")).ShouldEndWith("fault=not-yours");
        (await SignAsync(principal, new string('x', 501))).ShouldEndWith("fault=field-remarks");
        (await SignAsync(principal, "一切正常")).ShouldEndWith("signed=yes");
        (await principal.GetStringAsync(path, Cancel)).ShouldContain("一切正常");
        // The next finding moves the figures on, and not those that were signed.
        await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), TestBox.Finding(), Cancel);
        (await principal.GetStringAsync(path, Cancel)).ShouldContain("class=\"signed signed-old\"");
        (await SignAsync(principal, "补签")).ShouldEndWith("signed=yes");
        var signed = await server.WithDbAsync(db =>
            db.Records.Where(r => r.SiteId == site && r.Kind == RecordKinds.Report).OrderBy(r => r.At).ToListAsync(Cancel)
        );
        signed.Select(s => s.Values["findings"]).ShouldBe(["1", "2"]);
        (signed[1].Corrects, RecordKinds.Find(RecordKinds.Report)!.Fault(signed[1].Values)).ShouldBe((signed[0].Id, null));
        using var inspector = await server.SignInAsync("regulator");
        (await inspector.GetAsync(new Uri(path, UriKind.Relative), Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound,
            "no site of theirs"
        );
        // Nobody writes one by the records' own form.
        (
            await RunningServer.PostFormAsync(
                principal,
                $"/records/{site}",
                $"/sites/{site}/records",
                new() { ["kind"] = RecordKinds.Report, ["v.from"] = "2026-01-01" }
            )
        ).ShouldSatisfyAllConditions(a => RunningServer.FaultOf(a).ShouldBe("not-yours"));
        // Others count on these two having one school.
        await server.WithDbAsync(db => db.Grants.Where(g => g.SiteId == site).ExecuteDeleteAsync(Cancel));
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
