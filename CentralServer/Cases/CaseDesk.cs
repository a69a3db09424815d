using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>Cases' deadlines, from the section <c>Cases</c>.</summary>
public sealed class CaseOptions
{
    /// <summary>Until an answer.</summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromDays(5);
}

/// <summary>Takes reports in and sees them answered. Neither pages nor the audit log name an author.</summary>
internal sealed class CaseDesk(CentralDb db, SiteScope scope, AuditLog audit, CaseOptions options, TimeProvider time)
{
    public const int LongestText = 2000;

    /// <summary>Takes in what a person of the site reports. Null when it was taken in; else why not.</summary>
    public Task<string?> ReportAsync(string siteId, string text, string? picture, CancellationToken cancel) =>
        TakeInAsync(scope.Sites, siteId, text, picture, scope.Me, null, cancel);

    /// <summary>Takes in what a visitor without an account reports.</summary>
    /// <returns>A ticket by which they follow it, or why it was not taken in.</returns>
    public async Task<(string? Ticket, string? Fault)> ReportAsVisitorAsync(string siteId, string text, string? picture, CancellationToken cancel)
    {
        var ticket = SpokenCode.New(4, 5);
        var fault = await TakeInAsync(db.Sites, siteId, text, picture, "", SpokenCode.HashOf(ticket), cancel);
        return fault is null ? (ticket, null) : (null, fault);
    }

    private async Task<string?> TakeInAsync(IQueryable<Site> sites, string siteId, string text, string? picture, string authorId, string? ticketHash, CancellationToken cancel)
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
                db.CaseSteps.Add(new CaseStep { CaseId = made.Id, At = now, PersonId = "", Step = CaseSteps.Report });
                // Not the author: who reads the log must not find the whistle-blower in it.
                return new AuditNote("", AuditActions.Case, siteId, $"case/{made.Id}", CaseSteps.Report);
            }, cancel);
        return fault;
    }

    public Task<string?> AnswerAsync(string id, string text, Doer who, CancellationToken cancel) => TakeAsync(id, CaseSteps.Answer, text, who, (c, now) =>
    {
        c.Answer = text.Trim();
        c.AnsweredAt = now;
        return Task.FromResult<string?>(null);
    }, cancel);

    /// <summary>To another authority, which answers from now on; it sees the case although the site is not its own.</summary>
    public Task<string?> HandOverAsync(string id, string regionId, string text, Doer who, CancellationToken cancel) => TakeAsync(id, CaseSteps.HandOver, text, who, async (c, _) =>
    {
        if (!await db.Regions.AnyAsync(r => r.Id == regionId, cancel))
            return "missing";
        c.HandedToRegionId = regionId;
        return null;
    }, cancel);

    public Task<string?> TakeBackAsync(string id, string text, Doer who, CancellationToken cancel) => TakeAsync(id, CaseSteps.TakeBack, text, who, async (c, _) =>
    {
        // Back to the site's own authority, by somebody of it.
        if (c.HandedToRegionId is null || !await scope.Sites.AnyAsync(s => s.Id == c.SiteId, cancel))
            return "not-now";
        c.HandedToRegionId = null;
        return null;
    }, cancel);

    private async Task<string?> TakeAsync(string id, string step, string text, Doer who, Func<FeedbackCase, DateTimeOffset, Task<string?>> apply, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
            return "needs-text";
        string? fault = null;
        await audit.RecordAsync(
            async () =>
            {
                fault = await scope.Cases.SingleOrDefaultAsync(c => c.Id == id, cancel) is not { } found ? "missing"
                    : found.Answer is not null ? "not-now"
                    : await apply(found, time.GetUtcNow());
                if (fault is not null)
                    return null;
                db.CaseSteps.Add(new CaseStep { CaseId = id, At = time.GetUtcNow(), PersonId = who.Id, PersonName = who.Name, Step = step, Text = text.Trim() });
                var site = await db.Cases.Where(c => c.Id == id).Select(c => c.SiteId).SingleAsync(cancel);
                return new AuditNote(who.Id, AuditActions.Case, site, $"case/{id}", $"{step}: {text.Trim()}");
            }, cancel);
        return fault;
    }
}
