using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// The migrations up to the first release were squashed into one, <c>Initial</c>. In a database that has applied all of them, the migration
/// history is rewritten to match.
/// </summary>
internal static class SquashedHistory
{
    private const string LastSquashed = "_RecordCorrections";

    /// <summary>Whether a migration's name, for example from a backup, stands for <c>Initial</c>.</summary>
    public static bool Holds(string migration) => migration.EndsWith(LastSquashed, StringComparison.Ordinal);

    /// <summary>Rewrites the old migration history; does nothing otherwise, and may run on several servers concurrently.</summary>
    /// <exception cref="InvalidDataException">The database is older than the first release, which must upgrade it first.</exception>
    public static async Task AdoptAsync(CentralDb db, CancellationToken cancel)
    {
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancel)).ToList();
        var known = db.Database.GetMigrations().ToList();
        if (applied.Count == 0 || applied.Contains(known[0]))
            return;
        if (!applied.Exists(Holds))
        {
            throw new InvalidDataException(
                $"The database was created by a program older than the first release (newest migration: '{applied[^1]}'). "
                    + "Start release 311dfee with it once; then this program can upgrade it."
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
