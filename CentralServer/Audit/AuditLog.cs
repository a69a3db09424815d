using BrightKitchen.CentralServer.Data;
using BrightKitchen.Contracts.Sealing;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>What is to be written; number, time and hashes are the log's.</summary>
internal sealed record AuditNote(string PersonId, string Action, string? SiteId, string Subject, string Detail = "");

/// <summary>Writes the audit log, each line bound to the one before, in the transaction of what it tells of.</summary>
internal sealed class AuditLog(CentralDb db, TimeProvider time)
{
    private const int Tries = 8;
    internal const long WritersLock = 0x617564697420;

    /// <summary>What the first line is bound to.</summary>
    public static string Nothing { get; } = new('0', 64);

    /// <summary>
    /// Does <paramref name="change"/> and writes the note, both or neither. Where another server was quicker with the next number, both are
    /// done again from the beginning, so that <paramref name="change"/> loads what it changes.
    /// </summary>
    /// <param name="change">Changes tracked entities without saving; returns what to write, or null to write and change nothing.</param>
    public Task<bool> RecordAsync(Func<Task<AuditNote?>> change, CancellationToken cancel) =>
        TransactAsync(async () => await change() is { } note ? [note] : [], cancel);

    /// <summary>Writes notes of what needs no change.</summary>
    public Task WriteAsync(IReadOnlyList<AuditNote> notes, CancellationToken cancel) => TransactAsync(() => Task.FromResult(notes), cancel);

    /// <summary>Reads the log, or its newest lines: whether each fits the one before it.</summary>
    /// <param name="newest">How many; all where null.</param>
    /// <returns>How many lines there are, how many were read, and the first that was changed or lacks the one before it.</returns>
    public async Task<(long Lines, long Checked, long? Broken)> CheckAsync(long? newest, CancellationToken cancel)
    {
        var lines = await db.AuditEntries.MaxAsync(e => (long?)e.Number, cancel) ?? 0;
        var first = newest is { } n ? Math.Max(1, lines - n + 1) : 1;
        var before =
            first == 1 ? Nothing : await db.AuditEntries.Where(e => e.Number == first - 1).Select(e => e.Hash).SingleOrDefaultAsync(cancel);
        var number = first;
        await foreach (
            var entry in db
                .AuditEntries.AsNoTracking()
                .Where(e => e.Number >= first)
                .OrderBy(e => e.Number)
                .AsAsyncEnumerable()
                .WithCancellation(cancel)
        )
        {
            if (before is null || entry.Number != number || !entry.IsWhole(before))
                return (lines, number - first + 1, number);
            (before, number) = (entry.Hash, number + 1);
        }

        return (lines, number - first, null);
    }

    // Where another server was quicker, everything is done again.
    private async Task<bool> TransactAsync(Func<Task<IReadOnlyList<AuditNote>>> change, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            try
            {
                var notes = await change();
                if (notes.Count == 0)
                    return false;
                await AppendAsync(notes, cancel);
                await db.SaveChangesAsync(cancel);
                await transaction.CommitAsync(cancel);
                return true;
            }
            catch (DbUpdateException) when (tries < Tries)
            {
                await transaction.RollbackAsync(cancel);
                db.ChangeTracker.Clear();
            }
        }
    }

    private async Task AppendAsync(IReadOnlyList<AuditNote> notes, CancellationToken cancel)
    {
        // SQLite has one writer at a time by itself.
        if (db.Database.IsNpgsql())
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({WritersLock})", cancel);
        var last = await db.AuditEntries.AsNoTracking().OrderByDescending(e => e.Number).FirstOrDefaultAsync(cancel);
        var (number, before) = (last?.Number ?? 0, last?.Hash ?? Nothing);
        // The database keeps milliseconds: what is hashed must be what is read.
        var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var note in notes)
        {
            var hash = AuditLine.HashOf(++number, at, note.PersonId, note.Action, note.SiteId, note.Subject, note.Detail, before);
            db.AuditEntries.Add(
                new AuditEntry
                {
                    Number = number,
                    At = at,
                    PersonId = note.PersonId,
                    Action = note.Action,
                    SiteId = note.SiteId,
                    Subject = note.Subject,
                    Detail = note.Detail,
                    Before = before,
                    Hash = hash,
                }
            );
            before = hash;
        }
    }
}
