using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// Serializes transactions across all servers where no existing row can be locked; released when the transaction ends. SQLite allows one
/// writer at a time anyway.
/// </summary>
internal static class TransactionLock
{
    public const long Places = 0x706c61636573;
    public const long Reports = 0x7265706f7274;

    /// <summary>Waits for the lock within the caller's transaction.</summary>
    public static async Task EnterAsync(CentralDb db, long key, CancellationToken cancel)
    {
        if (db.Database.IsNpgsql())
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({key})", cancel);
    }
}
