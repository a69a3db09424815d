using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.Contracts;

/// <summary>Where a lobby's kiosk and the server meet.</summary>
public static class KioskRoutes
{
    public const string Enrol = "/kiosk/enrol";

    /// <summary>The kiosk's <see cref="KioskSite"/>.</summary>
    public const string Site = "/kiosk/site";

    /// <summary>Takes a <see cref="KioskEntry"/>, each once.</summary>
    public const string Entries = "/kiosk/entries";

    /// <summary>The audience of a kiosk's token.</summary>
    public const string Audience = "bright-kitchen-kiosk";

    /// <summary>What <c>WWW-Authenticate</c> of a 401 bears where the kiosk itself was revoked, and not its token wrong.</summary>
    public const string Revoked = "revoked";

    /// <summary>
    /// The type of the problem (RFC 9457) that a 409 to <see cref="Entries"/> states where the entry's picture is not here: it is to be
    /// sent, and then the entry again.
    /// </summary>
    public const string PictureMissing = "picture-missing";

    /// <param name="digest">A picture's SHA-256, or the route's parameter.</param>
    public static string Picture(string digest) => $"/kiosk/pictures/{digest}";
}

/// <summary>What a device signs with its own key to be known (as a JSON Web Token's claims).</summary>
/// <param name="Iss">The device's id.</param>
/// <param name="Nbf">Good from, seconds since 1970.</param>
/// <param name="Exp">Good until.</param>
public sealed record DeviceClaims(string Iss, string Aud, long Nbf, long Exp);

/// <summary>What a kiosk shows and needs to work without the server; asked for often and kept over restarts.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Grade">By risk, A to D; null where none was worked out.</param>
/// <param name="Mark"><c>yellow</c> or <c>red</c> while an alarm is overdue.</param>
/// <param name="StreakDays">Days since the last finding that an inspector confirmed.</param>
/// <param name="VisitPath">The site's public page on the server.</param>
/// <param name="CheckedToday">Staff whose morning check passed.</param>
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
/// <param name="Text">Dishes, or who ate with the pupils.</param>
/// <param name="Picture">SHA-256 of the menu's photograph.</param>
public sealed record KioskMeal(string Meal, string Text, string? Picture);

/// <param name="Done">What was done about it; null while nothing is told.</param>
public sealed record KioskPublicFinding(string Zone, string Kind, DateTimeOffset OpenedAt, bool Closed, string? Done);

/// <summary>Somebody who works here.</summary>
/// <param name="PinHash">Of their number, by <see cref="KioskKeys"/>; null where none was given.</param>
/// <param name="BadgeHash">Of their badge's code.</param>
public sealed record KioskStaff(
    string Id,
    string Name,
    string Job,
    DateOnly? CertificateUntil,
    DateOnly? TrainedOn,
    string? PinHash,
    string? BadgeHash
);

/// <summary>A finding that the kitchen has to answer.</summary>
public sealed record KioskAlert(FindingId Id, string Zone, string Kind, int Tier, DateTimeOffset OpenedAt, DateTimeOffset? DueAt);

/// <summary>A food sample that must be kept until.</summary>
public sealed record KioskSample(string Id, string Dish, DateTimeOffset At, DateTimeOffset Until);

/// <summary>What somebody entered at a kiosk.</summary>
/// <param name="Id">32 hexadecimal digits; the same one twice is the same entry.</param>
/// <param name="Kind">A kind of record, or <see cref="Answer"/>.</param>
/// <param name="Picture">SHA-256 of a picture that was sent before.</param>
/// <param name="Finding">Of an answer.</param>
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

/// <summary>What became of an entry; it is settled either way and comes no more.</summary>
/// <param name="Fault">Why it was not taken; null where it was.</param>
public sealed record KioskEntryOutcome(string? Fault);

/// <summary>How staff show a kiosk who they are.</summary>
public static class KioskKeys
{
    public const int PinDigits = 6;

    /// <summary>What a badge's QR code begins with.</summary>
    public const string BadgeBefore = "bright-kitchen-badge:";

    // OWASP's figure for PBKDF2 with SHA-256 is 600,000; six digits are guessed by trying all whatever it is, so that a kiosk answers
    // within a tenth of a second instead: what protects them is that tries are few.
    private const int Rounds = 100_000;
    private const int Bytes = 32;

    /// <summary>The same in all of a site, so that one look finds who it is.</summary>
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

    /// <summary>SHA-256: a badge's code is 128 bits that nobody guesses.</summary>
    public static string BadgeHash(string code) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));
}
