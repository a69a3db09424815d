namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// Maximum lengths, in characters, of columns whose values the server generates; input from people and devices is limited where it is
/// validated. PostgreSQL rejects longer values; SQLite does not enforce them.
/// </summary>
internal static class ColumnLengths
{
    /// <summary>An id: a GUID, with hyphens (Identity's) or without.</summary>
    public const int Id = 36;

    /// <summary>Who performed an action: a person's id, or <c>staff/</c> and the id of a member of staff.</summary>
    public const int Actor = 6 + Id;

    /// <summary>The actor's name, which may be the sign-in name: as long as Identity's.</summary>
    public const int PersonName = 256;

    /// <summary>A SHA-256 in hexadecimal.</summary>
    public const int Sha256 = 64;

    /// <summary>A code from a list in the source, such as a stage.</summary>
    public const int Code = 40;

    /// <summary>The ids of ten levels; three are in use.</summary>
    public const int RegionPath = 1 + (10 * (Id + 1));

    /// <summary>A region's or site's name: longer than the forms allow, because the commands do not limit it.</summary>
    public const int PlaceName = 200;

    /// <summary>An IANA time zone name; the longest has 32 characters.</summary>
    public const int TimeZone = 64;

    /// <summary>A key, secret or address encrypted by data protection.</summary>
    public const int Protected = 2000;
}
