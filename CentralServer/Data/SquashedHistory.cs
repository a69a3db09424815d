using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// The migrations up to the first release are one, <c>Initial</c>. A database that has had them all has had it; its history is rewritten.
/// </summary>
internal static class SquashedHistory
{
    private const string LastOfThem = "_RecordCorrections";

    /// <summary>Whether a migration's name, in a backup say, stands for <c>Initial</c>.</summary>
    public static bool Holds(string migration) => migration.EndsWith(LastOfThem, StringComparison.Ordinal);

    /// <summary>Rewrites the history where it is the old one; does nothing otherwise, and may run on several servers at once.</summary>
    /// <exception cref="InvalidDataException">The database is older than the first release, which upgrades it.</exception>
    public static async Task AdoptAsync(CentralDb db, CancellationToken cancel)
    {
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancel)).ToList();
        var known = db.Database.GetMigrations().ToList();
        if (applied.Count == 0 || applied.Contains(known[0]))
            return;
        if (!applied.Exists(Holds))
        {
            throw new InvalidDataException(
                $"The database is of a program older than the first release (its newest migration is '{applied[^1]}'). "
                    + "Start release 311dfee with it once; then this program upgrades it."
            );
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        foreach (var squashed in applied.Where(m => string.CompareOrdinal(m, known[1]) < 0))
            await db.Database.ExecuteSqlAsync($"DELETE FROM \"__EFMigrationsHistory\" WHERE \"MigrationId\" = {squashed}", cancel);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion") VALUES ({known[0]}, {ProductInfo.GetVersion()})
              ON CONFLICT DO NOTHING
            """,
            cancel
        );
        await transaction.CommitAsync(cancel);
    }
}
