using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>An enrolled lobby screen.</summary>
public sealed class Kiosk
{
    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    /// <summary>SubjectPublicKeyInfo in base64; the private key never leaves the kiosk.</summary>
    public required string PublicKey { get; init; }

    public DateTimeOffset EnrolledAt { get; init; }

    [ConcurrencyCheck]
    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }
}
