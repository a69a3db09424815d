using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>An edge box in a kitchen.</summary>
public sealed class Box
{
    /// <summary>One that was silent for so long is away; it tells of itself a few times a minute.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromMinutes(2);

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    /// <summary>SubjectPublicKeyInfo in base64; the private half never left the box.</summary>
    public required string PublicKey { get; init; }

    public DateTimeOffset EnrolledAt { get; init; }

    [ConcurrencyCheck]
    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>The newest order's revision; 0 where there was none.</summary>
    [ConcurrencyCheck]
    public long SetupRevision { get; set; }

    /// <summary>The newest order, encrypted.</summary>
    public string? SetupOrder { get; set; }

    /// <summary>The <see cref="Contracts.SetupReport"/> that came last, as JSON.</summary>
    public string? SetupReport { get; set; }
}

/// <summary>A code that lets one box or kiosk in once; only its hash is kept.</summary>
public sealed class EnrolmentCode
{
    public const string Box = "box";
    public const string Kiosk = "kiosk";

    public required string Hash { get; init; }

    public required string SiteId { get; init; }

    /// <summary>What it lets in: <see cref="Box"/> or <see cref="Kiosk"/>.</summary>
    public string For { get; init; } = Box;

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A camera as its box told of it last.</summary>
public sealed class Camera
{
    public required string BoxId { get; init; }

    public required string Id { get; init; }

    public string Name { get; set; } = "";

    public string State { get; set; } = "";

    public string Detail { get; set; } = "";

    public DateTimeOffset Since { get; set; }
}
