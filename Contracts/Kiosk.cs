using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.Contracts;

/// <summary>Routes between a lobby kiosk and the server.</summary>
public static class KioskRoutes
{
    public const string Enrol = "/kiosk/enrol";

    /// <summary>Returns the kiosk's <see cref="KioskSite"/>.</summary>
    public const string Site = "/kiosk/site";

    /// <summary>Accepts a <see cref="KioskEntry"/>; idempotent by its id.</summary>
    public const string Entries = "/kiosk/entries";

    /// <summary>Audience of a kiosk's token.</summary>
    public const string Audience = "bright-kitchen-kiosk";

    /// <summary>Value in <c>WWW-Authenticate</c> of a 401 when the kiosk itself was revoked, as opposed to an invalid token.</summary>
    public const string Revoked = "revoked";

    /// <summary>
    /// Problem type (RFC 9457) of a 409 from <see cref="Entries"/> when the server lacks the entry's picture: upload the picture, then
    /// resend the entry.
    /// </summary>
    public const string PictureMissing = "picture-missing";

    /// <param name="digest">A picture's SHA-256, or the route parameter.</param>
    public static string Picture(string digest) => $"/kiosk/pictures/{digest}";
}

/// <summary>Claims of the JSON Web Token that a device signs with its own key.</summary>
/// <param name="Iss">The device's id.</param>
/// <param name="Nbf">Valid from, Unix seconds.</param>
/// <param name="Exp">Valid until, Unix seconds.</param>
public sealed record DeviceClaims(string Iss, string Aud, long Nbf, long Exp);

/// <summary>What a kiosk shows and needs to work without the server; polled frequently and stored across restarts.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Grade">Risk grade, A to D; null when none has been calculated.</param>
/// <param name="Mark"><c>yellow</c> or <c>red</c> while an alert is overdue.</param>
/// <param name="StreakDays">Days since the last finding that an inspector confirmed.</param>
/// <param name="VisitPath">Path of the site's public page on the server.</param>
/// <param name="CheckedToday">Ids of staff who passed today's morning check.</param>
public sealed record KioskSite(
    string SiteId,
    string Name,
    string TimeZone,
    string? Grade,
    string? Mark,
    int StreakDays,
    string VisitPath,
    IReadOnlyList<KioskMeal> Menus,
    IReadOnlyList<KioskMeal> Companions,
    IReadOnlyList<KioskPublicFinding> Week,
    IReadOnlyList<KioskStaff> Staff,
    IReadOnlyList<string> CheckedToday,
    IReadOnlyList<KioskAlert> Alerts,
    IReadOnlyList<KioskSample> Samples
);

/// <param name="Meal"><c>breakfast</c>, <c>lunch</c> or <c>dinner</c>.</param>
/// <param name="Text">The dishes, or who ate with the pupils.</param>
/// <param name="Picture">SHA-256 of the menu's photograph.</param>
public sealed record KioskMeal(string Meal, string Text, string? Picture);

/// <param name="Done">The action taken; null while none is reported.</param>
public sealed record KioskPublicFinding(string Zone, string Kind, DateTimeOffset OpenedAt, bool Closed, string? Done);

/// <summary>A member of the site's staff.</summary>
/// <param name="PinHash">Hash of the PIN, by <see cref="KioskKeys"/>; null when none was issued.</param>
/// <param name="BadgeHash">Hash of the badge's code.</param>
public sealed record KioskStaff(
    string Id,
    string Name,
    string Job,
    DateOnly? CertificateUntil,
    DateOnly? TrainedOn,
    string? PinHash,
    string? BadgeHash
);

/// <summary>A finding that the kitchen must answer.</summary>
public sealed record KioskAlert(FindingId Id, string Zone, string Kind, int Tier, DateTimeOffset OpenedAt, DateTimeOffset? DueAt);

/// <summary>A food sample that must be retained until <paramref name="Until"/>.</summary>
public sealed record KioskSample(string Id, string Dish, DateTimeOffset At, DateTimeOffset Until);

/// <summary>An entry that staff made at a kiosk.</summary>
/// <param name="Id">32 hexadecimal digits; entries with the same id are the same entry.</param>
/// <param name="Kind">A kind of record, or <see cref="Answer"/>.</param>
/// <param name="Picture">SHA-256 of a picture that was uploaded before.</param>
/// <param name="Finding">The finding that an <see cref="Answer"/> refers to.</param>
public sealed record KioskEntry(
    string Id,
    string Kind,
    DateTimeOffset At,
    string StaffId,
    IReadOnlyDictionary<string, string> Values,
    string? Picture,
    FindingId? Finding
)
{
    public const string Answer = "answer";
}

/// <summary>The server's decision on an entry; it is final, and the entry is not sent again.</summary>
/// <param name="Fault">Why the entry was refused; null when it was accepted.</param>
public sealed record KioskEntryOutcome(string? Fault);

/// <summary>How staff authenticate at a kiosk.</summary>
public static class KioskKeys
{
    public const int PinDigits = 6;

    /// <summary>Prefix of a badge's QR code.</summary>
    public const string BadgeBefore = "bright-kitchen-badge:";

    // OWASP's figure for PBKDF2 with SHA-256 is 600,000 iterations. Six digits can be brute-forced at any iteration count, so a lower
    // one lets a kiosk respond within a tenth of a second; the protection is the limit on attempts.
    private const int Rounds = 100_000;
    private const int Bytes = 32;

    /// <summary>PBKDF2 with one salt per site, so that one hash finds the member of staff.</summary>
    public static string PinHash(string siteId, string pin) =>
        Convert.ToHexStringLower(
            Rfc2898DeriveBytes.Pbkdf2(
                Encoding.UTF8.GetBytes(pin),
                Encoding.UTF8.GetBytes("kiosk pin " + siteId),
                Rounds,
                HashAlgorithmName.SHA256,
                Bytes
            )
        );

    /// <summary>Plain SHA-256 is sufficient: a badge's code has 128 random bits.</summary>
    public static string BadgeHash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
