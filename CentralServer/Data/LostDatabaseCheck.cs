using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Data;

/// <summary>Detects that a new database would be created next to the data of an old one.</summary>
internal static class LostDatabaseCheck
{
    /// <summary>
    /// Why the server must not start with this data folder; null if it may. SQLite only: a missing or empty file would otherwise be
    /// replaced by a new, empty city without edge agents or accounts.
    /// </summary>
    public static string? Fault(IConfiguration configuration)
    {
        if (configuration.GetConnectionString("Postgres") is { Length: > 0 })
            return null;
        var data = DataFolder.Of(configuration);
        var database = new FileInfo(Path.Combine(data, "central.db"));
        var heads = new FileInfo(Path.Combine(data, "audit-heads.jws"));
        return database is { Exists: true, Length: > 0 } || heads is not { Exists: true, Length: > 0 }
            ? null
            : $"'{database.FullName}' is missing or empty, and '{heads.Name}' beside it belongs to a server that had a database. Restore "
                + $"a backup (restore --from FILE, into an empty folder), or move '{heads.Name}' away to set up a new city here.";
    }
}
