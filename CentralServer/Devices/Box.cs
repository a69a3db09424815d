using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>An enrolled edge agent in a kitchen.</summary>
public sealed class Box
{
    /// <summary>Time without contact after which an edge agent counts as offline; agents report a few times a minute.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromMinutes(2);

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    /// <summary>SubjectPublicKeyInfo in base64; the private key never leaves the edge agent.</summary>
    public required string PublicKey { get; init; }

    public DateTimeOffset EnrolledAt { get; init; }

    [ConcurrencyCheck]
    public DateTimeOffset? RevokedAt { get; set; }

    public DateTimeOffset? LastSeenAt { get; set; }

    /// <summary>Revision of the newest ordered setup; 0 if none was ordered.</summary>
    [ConcurrencyCheck]
    public long SetupRevision { get; set; }

    /// <summary>The newest ordered setup, encrypted.</summary>
    public string? SetupOrder { get; set; }

    /// <summary>The last received <see cref="Contracts.SetupReport"/>, as JSON.</summary>
    public string? SetupReport { get; set; }
}

/// <summary>A single-use code that enrols one edge agent or kiosk; only its hash is stored.</summary>
public sealed class EnrolmentCode
{
    public const string Box = "box";
    public const string Kiosk = "kiosk";

    public required string Hash { get; init; }

    public required string SiteId { get; init; }

    /// <summary>The kind of device that it enrols: <see cref="Box"/> or <see cref="Kiosk"/>.</summary>
    public string For { get; init; } = Box;

    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }
}

/// <summary>A camera as last reported by its edge agent.</summary>
public sealed class Camera
{
    public required string BoxId { get; init; }

    public required string Id { get; init; }

    public string Name { get; set; } = "";

    public string State { get; set; } = "";

    public string Detail { get; set; } = "";

    public DateTimeOffset Since { get; set; }
}
