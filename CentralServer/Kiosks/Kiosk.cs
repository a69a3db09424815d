using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>A lobby's screen.</summary>
public sealed class Kiosk
{
    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    /// <summary>SubjectPublicKeyInfo in base64; the private half never left the kiosk.</summary>
    public required string PublicKey { get; init; }

    public DateTimeOffset EnrolledAt { get; init; }

    [ConcurrencyCheck]
    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }
}

/// <summary>That an entry came, so that the same one does nothing when it comes again.</summary>
public sealed class KioskReceipt
{
    /// <summary>The entry's.</summary>
    public required string Id { get; init; }

    public required string KioskId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Why it was not taken; null where it was.</summary>
    public string? Fault { get; init; }
}
