namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// The most characters of columns whose values the server makes; what people and devices send is bounded where it is checked.
/// PostgreSQL refuses more; text in SQLite has no length.
/// </summary>
internal static class ColumnLengths
{
    /// <summary>An id: a GUID, with hyphens (Identity's) or without.</summary>
    public const int Id = 36;

    /// <summary>Who did something: a person's id, or <c>staff/</c> and that of a member of staff.</summary>
    public const int Actor = 6 + Id;

    /// <summary>The name that goes with it, which is the sign-in name where there is no other: as long as Identity's.</summary>
    public const int PersonName = 256;

    /// <summary>A SHA-256, hexadecimal.</summary>
    public const int Sha256 = 64;

    /// <summary>One of a list that is in the code, such as a stage.</summary>
    public const int Code = 40;

    /// <summary>The ids of ten levels; there are three.</summary>
    public const int RegionPath = 1 + (10 * (Id + 1));

    /// <summary>A region's or a site's name: longer than the forms allow, as the commands take any.</summary>
    public const int PlaceName = 200;

    /// <summary>An IANA name; the longest has 32.</summary>
    public const int TimeZone = 64;

    /// <summary>A key, a secret or an address as data protection encrypts it.</summary>
    public const int Protected = 2000;
}
