using System.Diagnostics;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>What an exception from the database implies about its file.</summary>
internal enum DamageSign
{
    /// <summary>No damage: the disk refused, the call was cancelled, or the request itself is invalid.</summary>
    None,

    /// <summary>Possible damage, or a bug in the program: only reading the whole file decides.</summary>
    Suspected,

    /// <summary>The engine reports inconsistent pages.</summary>
    Certain,
}

/// <summary>The database file is damaged: the engine cannot interpret it.</summary>
internal sealed class DamagedDatabaseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Distinguishes damage from every other failure. A database is set aside only when it is damaged: a full disk, denied access, a cancelled
/// call or a bug in the program leaves it in place. LiteDB has no checksums and throws arbitrary exceptions on damaged pages, so most
/// exceptions are a suspicion, not proof.
/// </summary>
internal static class DatabaseDamage
{
    private const int SignAt = 32;
    private const int LeastAlike = 20;
    private const int Page = 8192;

    /// <summary>Error codes that report invalid pages.</summary>
    private static readonly HashSet<int> OfPages =
    [
        LiteException.INVALID_DATABASE,
        LiteException.INVALID_DATAFILE_STATE,
        LiteException.INVALID_FREE_SPACE_PAGE,
    ];

    /// <summary>Error codes that report an invalid request or the engine's own state.</summary>
    private static readonly HashSet<int> OfRequests =
    [
        LiteException.FILE_NOT_FOUND,
        LiteException.DATABASE_SHUTDOWN,
        LiteException.FILE_SIZE_EXCEEDED,
        LiteException.INDEX_DUPLICATE_KEY,
        LiteException.LOCK_TIMEOUT,
        LiteException.ALREADY_OPEN_DATAFILE,
        LiteException.ENGINE_DISPOSED,
        LiteException.INVALID_TRANSACTION_STATE,
    ];

    private static ReadOnlySpan<byte> Sign => "** This is a LiteDB file **"u8;

    /// <summary>
    /// State of a file before LiteDB opens it. LiteDB treats a file that it does not recognise as an empty database and overwrites it.
    /// </summary>
    internal enum Look
    {
        /// <summary>The file is missing, or its first page identifies a database.</summary>
        Sound,

        /// <summary>
        /// The file was a database: it is empty, truncated, has NUL bytes in place of the first page (the result of a power loss), or
        /// carries a corrupted LiteDB signature.
        /// </summary>
        Torn,

        /// <summary>The file has another format.</summary>
        Foreign,
    }

    public static DamageSign Of(Exception e) =>
        e switch
        {
            _ when IsOfTheDisk(e) => DamageSign.None,
            UnauthorizedAccessException or InvalidDataException or OperationCanceledException or ObjectDisposedException => DamageSign.None,
            DamagedDatabaseException => DamageSign.Certain,
            LiteException { ErrorCode: var code } when OfPages.Contains(code) => DamageSign.Certain,
            LiteException { ErrorCode: var code } when OfRequests.Contains(code) => DamageSign.None,
            LiteException or ArgumentNullException => DamageSign.Suspected,
            _ => IsFromTheEngine(e) ? DamageSign.Certain : DamageSign.Suspected,
        };

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Look LookAt(string path)
    {
        if (!File.Exists(path))
            return Look.Sound;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var head = new byte[SignAt + Sign.Length];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.Length < SignAt + Sign.Length)
            return head.AsSpan().ContainsAnyExcept((byte)0) && !IsAlike(head) ? Look.Foreign : Look.Torn;
        var sign = head.AsSpan(SignAt);
        return sign.SequenceEqual(Sign) ? (file.Length < Page ? Look.Torn : Look.Sound)
            : !head.AsSpan().ContainsAnyExcept((byte)0) || IsAlike(head) ? Look.Torn
            : Look.Foreign;
    }

    // Documents are validated before they reach the engine, so an exception thrown inside the engine is caused by its own pages.
    private static bool IsFromTheEngine(Exception e)
    {
        var own = new StackTrace(e)
            .GetFrames()
            .Select(f => f.GetMethod()?.DeclaringType?.Namespace)
            .FirstOrDefault(n => n is not null && n != "System" && !n.StartsWith("System.", StringComparison.Ordinal));
        return own == "LiteDB.Engine";
    }

    // A full disk also closes the engine, which then reports its own state as the error.
    private static bool IsOfTheDisk(Exception? e) => e is IOException || (e is not null && IsOfTheDisk(e.InnerException));

    // A flipped bit or a truncated file leaves most of the signature intact.
    private static bool IsAlike(ReadOnlySpan<byte> head)
    {
        var alike = 0;
        var here = head.Length > SignAt ? head[SignAt..] : default;
        for (var i = 0; i < here.Length; i++)
            alike += here[i] == Sign[i] ? 1 : 0;
        return alike >= Math.Min(LeastAlike, Math.Max(1, here.Length));
    }
}
