using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Data;

/// <summary>Brings the database to this program's version at the start.</summary>
internal static class Upgrade
{
    // EWOULDBLOCK and ERROR_SHARING_VIOLATION; everything else is a disk that refuses.
    private const int LockedOnLinux = 11;
    private const int LockedOnWindows = unchecked((int)0x80070020);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Migrates where there is something to migrate; waits for another process that does.</summary>
    /// <exception cref="InvalidDataException">The database is older than the first release.</exception>
    public static async Task RunAsync(CentralDb db, CancellationToken cancel)
    {
        // With a rollback journal a commit is durable only when the folder is synced too, which SQLite does not do: a power cut would undo
        // what was acknowledged. A restored database comes without a write-ahead log, and so does one that another program made.
        if (db.Database.IsSqlite())
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = wal", cancel);
        await SquashedHistory.AdoptAsync(db, cancel);
        if (!(await db.Database.GetPendingMigrationsAsync(cancel)).Any())
            return;
        // Large tables may be written again, or another server's upgrade be waited for.
        db.Database.SetCommandTimeout(0);
        if (db.Database.IsSqlite())
        {
            // On SQLite Entity Framework's lock is a row, which stays when a process is stopped during a migration: every later start would
            // wait for it without end. The lock of this file ends with its process; whoever holds it is the only one that migrates, so a
            // row found then is stale.
            using var alone = await AloneAsync(db.Database.GetDbConnection().DataSource + ".upgrade", cancel);
            await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancel);
            await db.Database.MigrateAsync(cancel);
        }
        else
        {
            await db.Database.MigrateAsync(cancel);
        }

        db.Database.SetCommandTimeout(null);
    }

    private static async Task<FileStream> AloneAsync(string path, CancellationToken cancel)
    {
        for (var isReported = false; ; isReported = true)
        {
            try
            {
                // The file stays: one that is deleted when it is closed could be locked twice, by its old and its new inode.
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
