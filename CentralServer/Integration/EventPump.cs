using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>
/// Tells a receiver what happened, at least once, findings and cases each in order: the steps of findings and cases are the log, a cursor says how far it was read, and it moves when the receiver
/// has taken an event. One server at a time has a cursor.
/// </summary>
internal sealed class EventPump(CentralDb db, TimeProvider time)
{
    private const int AtOnce = 50;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2), FirstPause = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromHours(1), Young = TimeSpan.FromSeconds(3);

    /// <summary>Begins at what happens from now on.</summary>
    public async Task BeginAsync(string name, CancellationToken cancel)
    {
        if (await db.EventCursors.AnyAsync(c => c.Name == name, cancel))
            return;
        db.EventCursors.Add(new EventCursor
        {
            Name = name,
            FindingStep = await db.FindingSteps.MaxAsync(s => (long?)s.Id, cancel) ?? 0,
            CaseStep = await db.CaseSteps.MaxAsync(s => (long?)s.Id, cancel) ?? 0,
        });
        await db.SaveChangesAsync(cancel);
    }

    /// <param name="sites">Whose events are told; null for all.</param>
    /// <param name="deliver">Null once the receiver has it; else why not.</param>
    /// <returns>How many were told.</returns>
    public async Task<int> RunAsync(string name, Func<IQueryable<string>>? sites, Func<Happening, Task<string?>> deliver, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (await db.EventCursors.Where(c => c.Name == name && (c.LeaseUntil == null || c.LeaseUntil < now) && (c.NextTryAt == null || c.NextTryAt <= now))
                .ExecuteUpdateAsync(c => c.SetProperty(x => x.LeaseUntil, now + Lease), cancel) == 0)
            return 0;
        db.ChangeTracker.Clear();
        var cursor = await db.EventCursors.SingleAsync(c => c.Name == name, cancel);
        var told = 0;
        try
        {
            var allowed = sites is null ? null : (await sites().ToListAsync(cancel)).ToHashSet();
            foreach (var (happening, advance) in await NextAsync(cursor, now, cancel))
            {
                if (allowed?.Contains(happening.SiteId) != false)
                {
                    if (await deliver(happening) is { } fault)
                    {
                        (cursor.Failures, cursor.FailingSince, cursor.LastFault) = (cursor.Failures + 1, cursor.FailingSince ?? now, fault);
                        cursor.NextTryAt = time.GetUtcNow() + TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Min(cursor.Failures - 1, 16), LongestPause.Ticks));
                        break;
                    }

                    (cursor.Failures, cursor.FailingSince, cursor.NextTryAt, cursor.LastFault, cursor.DeliveredAt) = (0, null, null, null, time.GetUtcNow());
                    told++;
                }

                advance();
                cursor.LeaseUntil = time.GetUtcNow() + Lease;
                await db.SaveChangesAsync(cancel);
            }
        }
        finally
        {
            cursor.LeaseUntil = null;
            await db.SaveChangesAsync(CancellationToken.None);
        }

        return told;
    }

    private async Task<List<(Happening Happening, Action Advance)>> NextAsync(EventCursor cursor, DateTimeOffset now, CancellationToken cancel)
    {
        var steps = await (from step in db.FindingSteps.AsNoTracking()
                           where step.Id > cursor.FindingStep
                           join finding in db.Findings.AsNoTracking() on step.FindingId equals finding.Id
                           join site in db.Sites.AsNoTracking() on finding.SiteId equals site.Id
                           orderby step.Id
                           select new { step.Id, step.Step, step.At, finding, site.Name }).Take(AtOnce).ToListAsync(cancel);
        var cases = await (from step in db.CaseSteps.AsNoTracking()
                           where step.Id > cursor.CaseStep
                           join found in db.Cases.AsNoTracking() on step.CaseId equals found.Id
                           join site in db.Sites.AsNoTracking() on found.SiteId equals site.Id
                           orderby step.Id
                           select new { step.Id, step.Step, step.At, found, site.Name }).Take(AtOnce).ToListAsync(cancel);
        return
        [
            .. steps.TakeWhile(s => Settled(s.At)).Select(s => (new Happening($"finding-step-{s.Id}", $"finding.{s.Step}", s.At, s.finding.SiteId, s.Name, ApiMapping.Of(s.finding), null), (Action)(() => cursor.FindingStep = s.Id)))
                .Concat(cases.TakeWhile(s => Settled(s.At)).Select(s => (new Happening($"case-step-{s.Id}", $"case.{s.Step}", s.At, s.found.SiteId, s.Name, null, ApiMapping.Of(s.found)), (Action)(() => cursor.CaseStep = s.Id)))),
        ];

        // PostgreSQL gives numbers before it commits: behind one that is younger nothing is told, as a smaller one may still come.
        bool Settled(DateTimeOffset at) => !db.Database.IsNpgsql() || at <= now - Young;
    }
}
