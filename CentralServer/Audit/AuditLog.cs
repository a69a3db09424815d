using BrightKitchen.CentralServer.Data;
using BrightKitchen.Sealing;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>An entry to be written; the log adds number, time and hashes.</summary>
internal sealed record AuditNote(string PersonId, string Action, string? SiteId, string Subject, string Detail = "");

/// <summary>Writes the audit log, each entry chained to the previous one, in the same transaction as the change that it records.</summary>
internal sealed class AuditLog(CentralDb db, TimeProvider time)
{
    private const int MaxAttempts = 8;
    internal const long WritersLock = 0x617564697420;

    /// <summary>The "previous hash" of the first entry.</summary>
    public static string Nothing { get; } = new('0', 64);

    /// <summary>
    /// Applies <paramref name="change"/> and writes the entry in one transaction. On a conflict with another writer both are retried from
    /// the beginning, so <paramref name="change"/> must load the data that it changes.
    /// </summary>
    /// <param name="change">Changes tracked entities without saving; returns the entry to write, or null to write and change
    /// nothing.</param>
    public Task<bool> RecordAsync(Func<Task<AuditNote?>> change, CancellationToken cancel) =>
        TransactAsync(async () => await change() is { } note ? [note] : [], cancel);

    /// <summary>Writes entries that record no change of data.</summary>
    public Task WriteAsync(IReadOnlyList<AuditNote> notes, CancellationToken cancel) => TransactAsync(() => Task.FromResult(notes), cancel);

    /// <summary>Verifies the log or its newest entries: whether each follows the one before.</summary>
    /// <param name="newest">Number of entries to verify; null for all.</param>
    /// <returns>The number of entries, how many were read, and the first that was altered or lacks its predecessor; null if there is
    /// none.</returns>
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

    // Retries from the beginning on a conflict with another writer.
    private async Task<bool> TransactAsync(Func<Task<IReadOnlyList<AuditNote>>> change, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
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
            catch (DbUpdateException) when (attempt < MaxAttempts)
            {
                await transaction.RollbackAsync(cancel);
                db.ChangeTracker.Clear();
            }
        }
    }

    private async Task AppendAsync(IReadOnlyList<AuditNote> notes, CancellationToken cancel)
    {
        // SQLite allows one writer at a time anyway.
        if (db.Database.IsNpgsql())
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({WritersLock})", cancel);
        var last = await db.AuditEntries.AsNoTracking().OrderByDescending(e => e.Number).FirstOrDefaultAsync(cancel);
        var (number, before) = (last?.Number ?? 0, last?.Hash ?? Nothing);
        // Truncated to milliseconds, as stored in the database: the hash must match the value that is read back.
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
