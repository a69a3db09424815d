using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Records;

/// <summary>A member of a kitchen's staff.</summary>
public sealed class StaffMember : IVersioned
{
    public long Version { get; set; } = 1;

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    public string Job { get; set; } = "";

    /// <summary>The last day on which the health certificate (健康证) is valid; null if there is none.</summary>
    public DateOnly? CertificateUntil { get; set; }

    /// <summary>SHA-256 of the certificate's picture.</summary>
    public string? CertificatePicture { get; set; }

    /// <summary>Day of the last training.</summary>
    public DateOnly? TrainedOn { get; set; }

    /// <summary>
    /// Hash of the PIN for the kiosk (<see cref="Contracts.KioskKeys"/>), with <see cref="BadgeHash"/> of the badge; null if none were
    /// issued.
    /// </summary>
    public string? PinHash { get; set; }

    public string? BadgeHash { get; set; }

    /// <summary>Last day of employment; null while employed.</summary>
    public DateOnly? LeftOn { get; set; }

    /// <summary>
    /// State of the health certificate: <c>none</c>, <c>expired</c>, <c>soon</c> (expires within 30 days) or <c>valid</c>.
    /// </summary>
    public string CertificateState(DateOnly today) =>
        CertificateUntil switch
        {
            null => "none",
            { } until when until < today => "expired",
            { } until when until < today.AddDays(30) => "soon",
            _ => "valid",
        };
}
