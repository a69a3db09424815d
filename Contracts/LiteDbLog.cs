using System.Buffers.Binary;

namespace BrightKitchen.Contracts;

/// <summary>
/// Checks the log beside a LiteDB database before LiteDB opens it: LiteDB moves the log's pages into the database without validation, and a
/// random page number creates a file of terabytes.
/// </summary>
public static class LiteDbLog
{
    private const int Page = 8192;
    private const int TypeAt = 4;
    private const int ConfirmedAt = 18;
    private const int LastType = 4;

    /// <summary>Path of the log, as LiteDB names it.</summary>
    public static string Of(string database) => Path.ChangeExtension(database, null) + "-log" + Path.GetExtension(database);

    /// <summary>Whether the log contains pages that cannot belong to its database.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsDamaged(string database)
    {
        var log = Of(database);
        if (new FileInfo(log) is not { Exists: true, Length: > 0 } there)
            return false;
        var most = ((File.Exists(database) ? new FileInfo(database).Length : 0) + there.Length) / Page;
        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var page = new byte[Page];
        while (file.ReadAtLeast(page, Page, throwOnEndOfStream: false) == Page)
        {
            if (
                page.AsSpan().ContainsAnyExcept((byte)0)
                && (BinaryPrimitives.ReadUInt32LittleEndian(page) > most || page[TypeAt] > LastType || page[ConfirmedAt] > 1)
            )
                return true;
        }

        return false;
    }
}
