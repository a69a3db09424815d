using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>Deadlines and quotas of reports; the section <c>Cases</c>.</summary>
public sealed class CaseOptions
{
    /// <summary>Time within which a case must be answered; 5 days by default.</summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromDays(5);

    /// <summary>Maximum number of reports per hour and caller (person, or address if not signed in); 10 by default.</summary>
    public int ReportsPerHour { get; set; } = 10;

    /// <summary>
    /// Visitors' reports that a site accepts in 24 hours, default 100, so that a stranger with many addresses cannot flood a site's queue.
    /// </summary>
    public int VisitorReportsPerDay { get; set; } = 100;

    /// <summary>
    /// Pictures with a site's reports in 24 hours, default 40, counted separately for visitors and for parents; a picture takes about half
    /// a megabyte.
    /// </summary>
    public int PicturesPerDay { get; set; } = 40;

    /// <summary>Pictures with all visitors' reports in 30 days, default 20,000.</summary>
    public int VisitorPictures { get; set; } = 20_000;

    /// <summary>Errors in the settings, each starting with the key; null for a valid setting.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            Setting.Span(nameof(AnswerWithin), AnswerWithin),
            Setting.Within(nameof(ReportsPerHour), ReportsPerHour, 1, 1_000_000),
            Setting.Within(nameof(VisitorReportsPerDay), VisitorReportsPerDay, 0, 1_000_000),
            Setting.Within(nameof(PicturesPerDay), PicturesPerDay, 0, 1_000_000),
            Setting.Within(nameof(VisitorPictures), VisitorPictures, 0, 10_000_000),
        ];
}

/// <summary>Accepts reports and records their answers. Neither pages nor the audit log name a report's author.</summary>
internal sealed class CaseService(CentralDb db, SiteScope scope, AuditLog audit, CaseOptions options, TimeProvider time)
{
    public const int LongestText = 2000;

    /// <summary>
    /// Checks a report before its picture is stored. Null if it is acceptable; otherwise <c>needs-text</c> or <c>quota</c>.
    /// </summary>
    public async Task<string?> RefusalAsync(string siteId, string? text, bool hasPicture, bool isVisitor, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
            return "needs-text";
        var (yesterday, month) = (time.GetUtcNow().AddDays(-1), time.GetUtcNow().AddDays(-30));
        var recent = db.Cases.Where(c => c.SiteId == siteId && c.CreatedAt > yesterday);
        return
            (isVisitor && await recent.CountAsync(c => c.AuthorId == "", cancel) >= options.VisitorReportsPerDay)
            || (
                hasPicture
                && await recent.CountAsync(c => c.Picture != null && (c.AuthorId == "") == isVisitor, cancel) >= options.PicturesPerDay
            )
            || (
                hasPicture
                && isVisitor
                && await db.Cases.CountAsync(c => c.AuthorId == "" && c.Picture != null && c.CreatedAt > month, cancel)
                    >= options.VisitorPictures
            )
            ? "quota"
            : null;
    }

    /// <summary>Accepts a report by a signed-in person of the site. Null on success; otherwise the reason.</summary>
    public Task<string?> ReportAsync(string siteId, string text, string? picture, CancellationToken cancel) =>
        CreateAsync(scope.Sites, siteId, text, picture, scope.Me, null, cancel);

    /// <summary>Accepts a report by a visitor without an account.</summary>
    /// <returns>A ticket with which the visitor can follow the case; or null and the reason for the rejection.</returns>
    public async Task<(string? Ticket, string? Fault)> ReportAsVisitorAsync(
        string siteId,
        string text,
        string? picture,
        CancellationToken cancel
    )
    {
        var ticket = SpokenCode.New(4, 5);
        var fault = await CreateAsync(db.Sites, siteId, text, picture, "", SpokenCode.HashOf(ticket), cancel);
        return fault is null ? (ticket, null) : (null, fault);
    }

    private async Task<string?> CreateAsync(
        IQueryable<Site> sites,
        string siteId,
        string text,
        string? picture,
        string authorId,
        string? ticketHash,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
            return "needs-text";
        string? fault = null;
        await audit.RecordAsync(
            async () =>
            {
                fault = null;
                if (!await sites.AnyAsync(s => s.Id == siteId, cancel))
                {
                    fault = "missing";
                    return null;
                }

                var now = time.GetUtcNow();
                var made = new FeedbackCase
                {
                    Id = Guid.CreateVersion7(now).ToString("N"),
                    SiteId = siteId,
                    Text = text.Trim(),
                    Picture = picture,
                    AuthorId = authorId,
                    TicketHash = ticketHash,
                    CreatedAt = now,
                    DueAt = now + options.AnswerWithin,
                };
                db.Cases.Add(made);
                db.CaseSteps.Add(
                    new CaseStep
                    {
                        CaseId = made.Id,
                        At = now,
                        PersonId = "",
                        Step = CaseSteps.Report,
                    }
                );
                // The author is omitted, so that readers of the log cannot identify a whistle-blower.
                return new AuditNote("", AuditActions.Case, siteId, $"case/{made.Id}", CaseSteps.Report);
            },
            cancel
        );
        return fault;
    }

    /// <param name="publicText">The published description of the report, in the official's words; empty to publish none.</param>
    /// <param name="version">The case's version that was shown to the official; null if unknown.</param>
    /// <returns>Null on success; otherwise <c>missing</c>, <c>needs-text</c>, <c>not-now</c>, or <c>changed</c> if another person acted in
    /// the meantime.</returns>
    public Task<string?> AnswerAsync(string id, string text, string? publicText, long? version, Actor who, CancellationToken cancel) =>
        ApplyAsync(
            id,
            CaseSteps.Answer,
            text,
            version,
            who,
            (c, now) =>
            {
                if (publicText?.Length > LongestText)
                    return Task.FromResult<string?>("needs-text");
                c.PublicText = string.IsNullOrWhiteSpace(publicText) ? null : publicText.Trim();
                c.Answer = text.Trim();
                c.AnsweredAt = now;
                return Task.FromResult<string?>(null);
            },
            cancel
        );

    /// <summary>
    /// Hands the case over to another authority, which answers it from then on and sees the case although the site is not its own.
    /// </summary>
    public Task<string?> HandOverAsync(string id, string regionId, string text, long? version, Actor who, CancellationToken cancel) =>
        ApplyAsync(
            id,
            CaseSteps.HandOver,
            text,
            version,
            who,
            async (c, _) =>
            {
                if (!await db.Regions.AnyAsync(r => r.Id == regionId, cancel))
                    return "missing";
                c.HandedToRegionId = regionId;
                return null;
            },
            cancel
        );

    public Task<string?> TakeBackAsync(string id, string text, long? version, Actor who, CancellationToken cancel) =>
        ApplyAsync(
            id,
            CaseSteps.TakeBack,
            text,
            version,
            who,
            async (c, _) =>
            {
                // Returned to the site's own authority, by a member of that authority.
                if (c.HandedToRegionId is null || !await scope.Sites.AnyAsync(s => s.Id == c.SiteId, cancel))
                    return "not-now";
                c.HandedToRegionId = null;
                return null;
            },
            cancel
        );

    private async Task<string?> ApplyAsync(
        string id,
        string step,
        string text,
        long? version,
        Actor who,
        Func<FeedbackCase, DateTimeOffset, Task<string?>> apply,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
            return "needs-text";
        string? fault = null;
        var seen = version;
        await audit.RecordAsync(
            async () =>
            {
                // A decision applies only to the version that the person saw, also if another was made between loading and saving.
                var found = await scope.Cases.SingleOrDefaultAsync(c => c.Id == id, cancel);
                fault =
                    found is null ? "missing"
                    : seen is { } shown && shown != found.Version ? "changed"
                    : found.Answer is not null ? "not-now"
                    : await apply(found, time.GetUtcNow());
                seen ??= found?.Version;
                if (fault is not null)
                    return null;
                db.CaseSteps.Add(
                    new CaseStep
                    {
                        CaseId = id,
                        At = time.GetUtcNow(),
                        PersonId = who.Id,
                        PersonName = who.Name,
                        Step = step,
                        Text = text.Trim(),
                    }
                );
                var site = await db.Cases.Where(c => c.Id == id).Select(c => c.SiteId).SingleAsync(cancel);
                return new AuditNote(who.Id, AuditActions.Case, site, $"case/{id}", $"{step}: {text.Trim()}");
            },
            cancel
        );
        return fault;
    }
}
