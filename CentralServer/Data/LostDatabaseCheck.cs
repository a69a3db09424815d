using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Data;

/// <summary>Looks whether a new database would be begun beside the data of an old one.</summary>
internal static class LostDatabaseCheck
{
    /// <summary>
    /// Why the server must not start on this folder; null where it may. Only for SQLite: an empty or missing file would otherwise be
    /// replaced by a new city, which knows no agent and no person.
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
            : $"'{database.FullName}' is missing or empty, and '{heads.Name}' beside it is of a server that had one. Restore a backup "
                + $"(restore --from FILE, into an empty folder), or move '{heads.Name}' away to begin a new city here.";
    }
}
