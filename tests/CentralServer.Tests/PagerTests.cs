using System.Text.RegularExpressions;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Lists that are longer than a page: every entry is on one of the pages, once, also among those of the same moment.</summary>
public sealed partial class PagerTests(RunningServer server)
{
    // Before what other tests count.
    private static readonly DateTimeOffset LongAgo = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-40), TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answered_case_is_on_one_page()
    {
        var site = await server.DemoSiteAsync();
        var made = await server.WithDbAsync(async db =>
        {
            var cases = Enumerable
                .Range(0, 230)
                .Select(n => new FeedbackCase
                {
                    Id = Guid.NewGuid().ToString("N"),
                    SiteId = site,
                    Text = "long ago",
                    AuthorId = "somebody",
                    CreatedAt = LongAgo.AddMinutes(n / 3),
                    DueAt = LongAgo.AddDays(2),
                    Answer = "done",
                    AnsweredAt = LongAgo.AddDays(1),
                })
                .ToList();
            db.Cases.AddRange(cases);
            await db.SaveChangesAsync(Cancel);
            return cases.ConvertAll(c => c.Id);
        });

        (await WalkAsync("/cases", CaseLink())).Where(made.Contains).ShouldBe(made, ignoreOrder: true);
    }

    [Fact]
    public async Task Every_finding_is_on_one_page_of_each_filter()
    {
        using var box = await server.BoxAsync();
        var site = await server.SiteOfAsync(box.Id);
        var made = await server.WithDbAsync(async db =>
        {
            var findings = Enumerable
                .Range(0, 140)
                .Select(n => new Finding
                {
                    Id = FindingId.New(LongAgo).ToString(),
                    BoxId = box.Id,
                    SiteId = site,
                    Camera = "a",
                    Kind = FindingKinds.NoMask,
                    Zone = "",
                    OpenedAt = LongAgo.AddMinutes(n / 4),
                    OverAt = LongAgo.AddDays(1),
                    Stage = Stages.Closed,
                })
                .ToList();
            db.Findings.AddRange(findings);
            await db.SaveChangesAsync(Cancel);
            return findings.ConvertAll(f => f.Id);
        });

        foreach (var page in new[] { "/", "/?show=over" })
            (await WalkAsync(page, FindingLink())).Where(made.Contains).ShouldBe(made, ignoreOrder: true);
    }

    [Fact]
    public async Task Every_line_of_the_audit_log_is_on_one_page()
    {
        var site = await server.DemoSiteAsync();
        var made = await server.WithDbAsync(async db =>
        {
            var log = new AuditLog(db, TimeProvider.System);
            var begin = db.AuditEntries.Max(e => e.Number);
            for (var n = 0; n < 210; n++)
                await log.RecordAsync(() => Task.FromResult<AuditNote?>(new("system", AuditActions.Hold, site, "pager", "")), Cancel);
            var numbers = db.AuditEntries.Where(e => e.Number > begin && e.Subject == "pager").Select(e => e.Number).ToList();
            return numbers.ConvertAll(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture));
        });

        made.Count.ShouldBe(210, "more than a page");
        (await WalkAsync("/audit?q=pager", Number())).ShouldBe(made, ignoreOrder: true);
    }

    [Theory]
    [InlineData("/?before=x")]
    [InlineData("/?before=%0a%27")]
    [InlineData("/cases?before=%e7%b2%a5")]
    [InlineData("/draws?before=abc")]
    [InlineData("/draws?before=99999999999999999999")]
    [InlineData("/audit?before=-1")]
    [InlineData("/audit?from=1940-06-01&to=9999-12-31")]
    [InlineData("/audit?from=yesterday")]
    [InlineData("/report?from=x&to=9999-12-31")]
    [InlineData("/live?across=many")]
    public async Task An_address_that_somebody_made_up_shows_the_page(string path)
    {
        using var regulator = await server.SignInAsync("regulator");
        using var answer = await regulator.GetAsync(path, Cancel);
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
    }

    // What the pattern finds on each page, from the newest to the oldest.
    private async Task<List<string>> WalkAsync(string path, Regex what)
    {
        using var regulator = await server.SignInAsync("regulator");
        var found = new List<string>();
        for (string? next = path; next is not null; )
        {
            var page = await regulator.GetStringAsync(next, Cancel);
            found.AddRange(what.Matches(page).Select(m => m.Groups[1].Value).Distinct());
            next = Next().Match(page) is { Success: true } link ? System.Net.WebUtility.HtmlDecode(link.Groups[1].Value) : null;
            found.Count.ShouldBeLessThan(20_000, "the pages end");
        }

        return found;
    }

    [GeneratedRegex("rel=\"next\" href=\"([^\"]+)\"")]
    private static partial Regex Next();

    [GeneratedRegex("/cases/([0-9a-f]{32})")]
    private static partial Regex CaseLink();

    [GeneratedRegex("id=\"finding-([0-9a-f-]+)\"")]
    private static partial Regex FindingLink();

    [GeneratedRegex("<td>([0-9]+)</td>")]
    private static partial Regex Number();
}
