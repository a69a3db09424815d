using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Data;

/// <summary>Migrates the database to this program's version at startup.</summary>
internal static class Upgrade
{
    // EWOULDBLOCK and ERROR_SHARING_VIOLATION; any other error is a failing disk.
    private const int LockedOnLinux = 11;
    private const int LockedOnWindows = unchecked((int)0x80070020);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Applies pending migrations; waits for another process that is migrating.</summary>
    /// <exception cref="InvalidDataException">The database is older than the first release.</exception>
    public static async Task RunAsync(CentralDb db, CancellationToken cancel)
    {
        // With a rollback journal a commit is durable only once the folder is synced too, which SQLite does not do: a power failure would
        // undo acknowledged data. A restored database has no write-ahead log, nor has one created by another program.
        if (db.Database.IsSqlite())
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = wal", cancel);
        await SquashedHistory.AdoptAsync(db, cancel);
        if (!(await db.Database.GetPendingMigrationsAsync(cancel)).Any())
            return;
        // Large tables may be rewritten, or the server may wait for another server's upgrade.
        db.Database.SetCommandTimeout(0);
        if (db.Database.IsSqlite())
        {
            // With SQLite, Entity Framework's lock is a row, which remains if a process is stopped during a migration: every later start
            // would wait for it forever. The lock on this file ends with its process; its holder is the only one that migrates, so a row
            // found then is stale.
            using var exclusive = await LockAsync(db.Database.GetDbConnection().DataSource + ".upgrade", cancel);
            await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancel);
            await db.Database.MigrateAsync(cancel);
        }
        else
        {
            await db.Database.MigrateAsync(cancel);
        }

        db.Database.SetCommandTimeout(null);
    }

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancel)
    {
        for (var isReported = false; ; isReported = true)
        {
            try
            {
                // The file is never deleted: one deleted on close could be locked twice, through its old and its new inode.
                return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult is LockedOnLinux or LockedOnWindows)
            {
                if (!isReported)
                    await Console.Error.WriteLineAsync("Another process is upgrading the database; waiting for it.");
                await Task.Delay(Poll, cancel);
            }
        }
    }
}
