using System.Diagnostics;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>What an exception from the database says about its file.</summary>
internal enum DamageSign
{
    /// <summary>Nothing: the disk refuses, the call was cancelled, or the request itself is wrong.</summary>
    None,

    /// <summary>Perhaps damage, perhaps a fault of the program: only reading the whole file decides.</summary>
    Suspected,

    /// <summary>The engine reports pages that contradict each other.</summary>
    Certain,
}

/// <summary>The file of a database makes no sense to its engine.</summary>
internal sealed class DamagedDatabaseException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Tells damage from everything else. A database is set aside for damage alone: a full disk, a refused access, a cancelled call or a fault
/// of the program
/// leaves it in place. LiteDB has no checksums and throws whatever its code meets on damaged pages, so most exceptions are a suspicion and
/// no proof.
/// </summary>
internal static class DatabaseDamage
{
    private const int SignAt = 32;
    private const int LeastAlike = 20;
    private const int Page = 8192;

    /// <summary>What the engine says of pages that cannot be.</summary>
    private static readonly HashSet<int> OfPages =
    [
        LiteException.INVALID_DATABASE,
        LiteException.INVALID_DATAFILE_STATE,
        LiteException.INVALID_FREE_SPACE_PAGE,
    ];

    /// <summary>What the engine says of a request, or of itself.</summary>
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
    /// How a file looks before LiteDB touches it, which takes what it does not know for an empty database and writes over it.
    /// </summary>
    internal enum Look
    {
        /// <summary>Missing, or a database as far as its first page says.</summary>
        Sound,

        /// <summary>
        /// It was a database: empty, cut short, NUL where the first page was (a power cut leaves that), or the sign of LiteDB with an error
        /// in it.
        /// </summary>
        Torn,

        /// <summary>Something else.</summary>
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

    // The engine takes documents that are checked before: what it stumbles over are its own pages.
    private static bool IsFromTheEngine(Exception e)
    {
        var own = new StackTrace(e)
            .GetFrames()
            .Select(f => f.GetMethod()?.DeclaringType?.Namespace)
            .FirstOrDefault(n => n is not null && n != "System" && !n.StartsWith("System.", StringComparison.Ordinal));
        return own == "LiteDB.Engine";
    }

    // A full disk closes the engine too, which then complains of itself.
    private static bool IsOfTheDisk(Exception? e) => e is IOException || (e is not null && IsOfTheDisk(e.InnerException));

    // A turned bit or a short file leaves most of the sign.
    private static bool IsAlike(ReadOnlySpan<byte> head)
    {
        var alike = 0;
        var here = head.Length > SignAt ? head[SignAt..] : default;
        for (var i = 0; i < here.Length; i++)
            alike += here[i] == Sign[i] ? 1 : 0;
        return alike >= Math.Min(LeastAlike, Math.Max(1, here.Length));
    }
}
