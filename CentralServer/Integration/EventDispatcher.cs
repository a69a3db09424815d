using System.Linq.Expressions;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>
/// Delivers events to a receiver at least once, findings and cases each in order. The step tables of findings and cases are the log; a
/// cursor stores how far the receiver has read it and advances when the receiver accepts an event. A lease gives a cursor to one server at
/// a time. Nothing is written while there are no events.
/// </summary>
/// <remarks>
/// PostgreSQL assigns ids before the commit, so that a smaller id may become visible arbitrarily long after a larger one. The order is
/// therefore by the writing transaction, and only rows whose transaction is older than every open one (<c>pg_snapshot_xmin</c>) are
/// delivered: no row can be added before them any more. An open transaction delays events but never loses one.
/// </remarks>
internal sealed class EventDispatcher(CentralDb db, TimeProvider time)
{
    /// <summary>Maximum length of a stored error message, in characters.</summary>
    internal const int LongestFault = 200;

    private const int BatchSize = 50;
    private const long RenumberLock = 0x6576656e7473;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private bool IsNpgsql => db.Database.IsNpgsql();

    /// <summary>
    /// Makes cursor positions comparable again after a restore into another PostgreSQL cluster, which numbers transactions from the start:
    /// the stored transaction ids are then larger than all new ones. Events that were not yet delivered still are; events after them may be
    /// delivered twice.
    /// </summary>
    /// <param name="db">The database, before any server writes to it.</param>
    public static async Task AlignAsync(CentralDb db, CancellationToken cancel)
    {
        if (!db.Database.IsNpgsql())
            return;
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({RenumberLock})", cancel);
        // The order of these reads matters: rows that other servers write meanwhile have a transaction id below the one that is read last.
        var cursors = await db.EventCursors.AsNoTracking().ToListAsync(cancel);
        List<long> highest =
        [
            await db.FindingSteps.MaxAsync(s => (long?)s.Transaction, cancel) ?? 0,
            await db.CaseSteps.MaxAsync(s => (long?)s.Transaction, cancel) ?? 0,
            .. cursors.SelectMany(c => new[] { c.FindingTransaction, c.CaseTransaction }),
        ];
        var next = await db
            .Database.SqlQuery<long>($"SELECT (pg_snapshot_xmax(pg_current_snapshot())::text)::bigint AS \"Value\"")
            .SingleAsync(cancel);
        if (highest.Max() >= next)
        {
            await db.Database.ExecuteSqlRawAsync(Renumber, cancel);
            await transaction.CommitAsync(cancel);
        }
    }

    // A trigger makes the step tables append-only; the transaction id is not part of the recorded content.
    private const string Renumber = """
        UPDATE "EventCursors" c SET
          "FindingStep" = COALESCE(
            (SELECT min(s."Id") - 1 FROM "FindingSteps" s WHERE (s."Transaction", s."Id") > (c."FindingTransaction", c."FindingStep")),
            (SELECT max(s."Id") FROM "FindingSteps" s), c."FindingStep"),
          "CaseStep" = COALESCE(
            (SELECT min(s."Id") - 1 FROM "CaseSteps" s WHERE (s."Transaction", s."Id") > (c."CaseTransaction", c."CaseStep")),
            (SELECT max(s."Id") FROM "CaseSteps" s), c."CaseStep"),
          "FindingTransaction" = 0, "CaseTransaction" = 0;
        ALTER TABLE "FindingSteps" DISABLE TRIGGER USER;
        ALTER TABLE "CaseSteps" DISABLE TRIGGER USER;
        UPDATE "FindingSteps" SET "Transaction" = 0 WHERE "Transaction" <> 0;
        UPDATE "CaseSteps" SET "Transaction" = 0 WHERE "Transaction" <> 0;
        ALTER TABLE "FindingSteps" ENABLE TRIGGER USER;
        ALTER TABLE "CaseSteps" ENABLE TRIGGER USER;
        """;

    /// <summary>Creates a cursor that starts at the current end of the log; does nothing if it exists.</summary>
    public async Task BeginAsync(string name, CancellationToken cancel)
    {
        if (await db.EventCursors.AnyAsync(c => c.Name == name, cancel))
            return;
        var settled = await SettledAsync(cancel);
        var finding = await db
            .FindingSteps.Where(s => s.Transaction < settled)
            .OrderByDescending(s => s.Transaction)
            .ThenByDescending(s => s.Id)
            .Select(s => new { s.Transaction, s.Id })
            .FirstOrDefaultAsync(cancel);
        var @case = await db
            .CaseSteps.Where(s => s.Transaction < settled)
            .OrderByDescending(s => s.Transaction)
            .ThenByDescending(s => s.Id)
            .Select(s => new { s.Transaction, s.Id })
            .FirstOrDefaultAsync(cancel);
        db.EventCursors.Add(
            new EventCursor
            {
                Name = name,
                FindingStep = finding?.Id ?? 0,
                FindingTransaction = finding?.Transaction ?? 0,
                CaseStep = @case?.Id ?? 0,
                CaseTransaction = @case?.Transaction ?? 0,
            }
        );
        await db.SaveChangesAsync(cancel);
    }

    /// <param name="sites">Ids of the sites whose events are delivered; null for all sites.</param>
    /// <param name="deliver">Delivers one event; returns null on success, otherwise the error message.</param>
    /// <returns>How many events were delivered.</returns>
    public async Task<int> RunAsync(
        string name,
        Func<IQueryable<string>>? sites,
        Func<IntegrationEvent, Task<string?>> deliver,
        CancellationToken cancel
    )
    {
        var now = time.GetUtcNow();
        // Polls with reads only: most of the time there are no events.
        if (
            await db
                .EventCursors.AsNoTracking()
                .SingleOrDefaultAsync(
                    c => c.Name == name && (c.LeaseUntil == null || c.LeaseUntil < now) && (c.NextTryAt == null || c.NextTryAt <= now),
                    cancel
                )
                is not { } seen
            || !await AnyAsync(seen, cancel)
        )
            return 0;
        if (
            await db
                .EventCursors.Where(c =>
                    c.Name == name && (c.LeaseUntil == null || c.LeaseUntil < now) && (c.NextTryAt == null || c.NextTryAt <= now)
                )
                .ExecuteUpdateAsync(c => c.SetProperty(x => x.LeaseUntil, now + Lease), cancel) == 0
        )
            return 0;
        db.ChangeTracker.Clear();
        var cursor = await db.EventCursors.SingleAsync(c => c.Name == name, cancel);
        var delivered = 0;
        try
        {
            var allowed = sites is null ? null : (await sites().ToListAsync(cancel)).ToHashSet();
            foreach (var (integrationEvent, advance) in await NextAsync(cursor, cancel))
            {
                // Events of other sites are skipped without a write of their own.
                if (allowed?.Contains(integrationEvent.SiteId) == false)
                {
                    advance();
                    continue;
                }

                if (await deliver(integrationEvent) is { } fault)
                {
                    (cursor.Failures, cursor.FailingSince, cursor.LastFault) = (
                        cursor.Failures + 1,
                        cursor.FailingSince ?? now,
                        Short(fault)
                    );
                    cursor.NextTryAt =
                        time.GetUtcNow()
                        + TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << Math.Min(cursor.Failures - 1, 16), LongestPause.Ticks));
                    break;
                }

                (cursor.Failures, cursor.FailingSince, cursor.NextTryAt, cursor.LastFault, cursor.DeliveredAt) = (
                    0,
                    null,
                    null,
                    null,
                    time.GetUtcNow()
                );
                delivered++;
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

        return delivered;
    }

    private static string Short(string text) => text.Length > LongestFault ? text[..LongestFault] : text;

    // All transactions below the returned id have ended. With SQLite all transaction ids are 0.
    private async Task<long> SettledAsync(CancellationToken cancel) =>
        IsNpgsql
            ? await db
                .Database.SqlQuery<long>($"SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint AS \"Value\"")
                .SingleAsync(cancel)
            : long.MaxValue;

    private async Task<bool> AnyAsync(EventCursor cursor, CancellationToken cancel)
    {
        var settled = await SettledAsync(cancel);
        return await db.FindingSteps.Where(After(cursor)).AnyAsync(s => s.Transaction < settled, cancel)
            || await db.CaseSteps.Where(AfterCase(cursor)).AnyAsync(s => s.Transaction < settled, cancel);
    }

    private async Task<List<(IntegrationEvent Event, Action Advance)>> NextAsync(EventCursor cursor, CancellationToken cancel)
    {
        // Read before the rows, so that all rows below it are visible.
        var settled = await SettledAsync(cancel);
        var steps = await (
            from step in db.FindingSteps.AsNoTracking().Where(After(cursor))
            where step.Transaction < settled
            join finding in db.Findings.AsNoTracking() on step.FindingId equals finding.Id
            join site in db.Sites.AsNoTracking() on finding.SiteId equals site.Id
            orderby step.Transaction, step.Id
            select new
            {
                step.Id,
                step.Transaction,
                step.Step,
                step.At,
                finding,
                site.Name,
            }
        )
            .Take(BatchSize)
            .ToListAsync(cancel);
        var cases = await (
            from step in db.CaseSteps.AsNoTracking().Where(AfterCase(cursor))
            where step.Transaction < settled
            join found in db.Cases.AsNoTracking() on step.CaseId equals found.Id
            join site in db.Sites.AsNoTracking() on found.SiteId equals site.Id
            orderby step.Transaction, step.Id
            select new
            {
                step.Id,
                step.Transaction,
                step.Step,
                step.At,
                found,
                site.Name,
            }
        )
            .Take(BatchSize)
            .ToListAsync(cancel);
        return
        [
            .. steps
                .Select(s =>
                    (
                        new IntegrationEvent(
                            $"finding-step-{s.Id}",
                            $"finding.{s.Step}",
                            s.At,
                            s.finding.SiteId,
                            s.Name,
                            ApiMapping.Of(s.finding),
                            null
                        ),
                        (Action)(() => (cursor.FindingStep, cursor.FindingTransaction) = (s.Id, s.Transaction))
                    )
                )
                .Concat(
                    cases.Select(s =>
                        (
                            new IntegrationEvent(
                                $"case-step-{s.Id}",
                                $"case.{s.Step}",
                                s.At,
                                s.found.SiteId,
                                s.Name,
                                null,
                                ApiMapping.Of(s.found)
                            ),
                            (Action)(() => (cursor.CaseStep, cursor.CaseTransaction) = (s.Id, s.Transaction))
                        )
                    )
                ),
        ];
    }

    // A row comparison, for which PostgreSQL can use its index.
    private Expression<Func<FindingStep, bool>> After(EventCursor cursor)
    {
        var (transaction, id) = (cursor.FindingTransaction, cursor.FindingStep);
        return IsNpgsql
            ? s => EF.Functions.GreaterThan(ValueTuple.Create(s.Transaction, s.Id), ValueTuple.Create(transaction, id))
            : s => s.Id > id;
    }

    private Expression<Func<CaseStep, bool>> AfterCase(EventCursor cursor)
    {
        var (transaction, id) = (cursor.CaseTransaction, cursor.CaseStep);
        return IsNpgsql
            ? s => EF.Functions.GreaterThan(ValueTuple.Create(s.Transaction, s.Id), ValueTuple.Create(transaction, id))
            : s => s.Id > id;
    }
}
