using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Records;

/// <summary>Somebody who works in a kitchen.</summary>
public sealed class StaffMember : IVersioned
{
    public long Version { get; set; } = 1;

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Name { get; set; }

    public string Job { get; set; } = "";

    /// <summary>The last day on which the health certificate (健康证) is valid; null where there is none.</summary>
    public DateOnly? CertificateUntil { get; set; }

    /// <summary>SHA-256 of the certificate's picture.</summary>
    public string? CertificatePicture { get; set; }

    /// <summary>The last training.</summary>
    public DateOnly? TrainedOn { get; set; }

    /// <summary>
    /// Of the number and the badge that they show the kiosk (<see cref="Contracts.KioskKeys"/>); null where none were given.
    /// </summary>
    public string? PinHash { get; set; }

    public string? BadgeHash { get; set; }

    /// <summary>Null while they work here.</summary>
    public DateOnly? LeftOn { get; set; }

    /// <summary>How a certificate stands: <c>none</c>, <c>expired</c>, <c>soon</c> within 30 days, <c>valid</c>.</summary>
    public string CertificateState(DateOnly today) =>
        CertificateUntil switch
        {
            null => "none",
            { } until when until < today => "expired",
            { } until when until < today.AddDays(30) => "soon",
            _ => "valid",
        };
}
