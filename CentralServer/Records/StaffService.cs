using System.Security.Cryptography;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

/// <param name="Picture">SHA-256 of the certificate's picture; null keeps the stored one.</param>
/// <param name="Version">The version that the form was filled in from; null to skip the conflict check.</param>
internal sealed record StaffRequest(
    string? Name,
    string? Job,
    DateOnly? CertificateUntil,
    DateOnly? TrainedOn,
    string? Picture,
    bool Left,
    long? Version = null
);

/// <summary>Maintains the list of a kitchen's staff.</summary>
internal sealed class StaffService(CentralDb db, SiteScope scope, AuditLog audit, TimeProvider time)
{
    public const int LongestName = 60;

    /// <summary>Adds or changes a member of staff.</summary>
    /// <param name="id">Null for a new member of staff.</param>
    /// <returns>Null on success, otherwise <c>missing</c>, <c>name</c>, or <c>changed</c> if another user has changed it
    /// meanwhile.</returns>
    public async Task<string?> SaveAsync(string siteId, string? id, StaffRequest request, CancellationToken cancel)
    {
        string? fault = null;
        await audit.RecordAsync(
            async () =>
            {
                (fault, var note) = await ApplyAsync(siteId, id, request, cancel);
                return note;
            },
            cancel
        );
        return fault;
    }

    /// <summary>Issues a new PIN and badge for the kiosk; the previous ones are revoked.</summary>
    /// <returns>Both, to be shown once; null if the site has no such member of staff.</returns>
    public async Task<(string Pin, string Badge)?> IssueKeysAsync(string siteId, string id, CancellationToken cancel)
    {
        var (pin, badge) = ("", KioskKeys.BadgeBefore + SpokenCode.New(4, 7));
        var done = await audit.RecordAsync(
            async () =>
            {
                if (
                    !await scope.Sites.AnyAsync(s => s.Id == siteId, cancel)
                    || await db.Staff.SingleOrDefaultAsync(s => s.Id == id && s.SiteId == siteId && s.LeftOn == null, cancel)
                        is not { } member
                )
                    return null;
                var taken = await db.Staff.Where(s => s.SiteId == siteId && s.PinHash != null).Select(s => s.PinHash!).ToListAsync(cancel);
                do pin = RandomNumberGenerator.GetString("0123456789", KioskKeys.PinDigits);
                while (taken.Contains(KioskKeys.PinHash(siteId, pin)) || pin.Distinct().Count() < 3);
                (member.PinHash, member.BadgeHash) = (KioskKeys.PinHash(siteId, pin), KioskKeys.BadgeHash(badge));
                return new AuditNote(scope.Me, AuditActions.Record, siteId, $"staff/{id}", "number and badge given");
            },
            cancel
        );
        return done ? (pin, badge) : null;
    }

    private async Task<(string? Fault, AuditNote? Note)> ApplyAsync(
        string siteId,
        string? id,
        StaffRequest request,
        CancellationToken cancel
    )
    {
        if (await scope.Sites.SingleOrDefaultAsync(s => s.Id == siteId, cancel) is not { } site)
            return ("missing", null);
        if (request.Name?.Trim() is not { Length: > 0 and <= LongestName } name || request.Job is { Length: > LongestName })
            return ("name", null);
        var member = id is null
            ? new StaffMember
            {
                Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"),
                SiteId = siteId,
                Name = name,
            }
            : await db.Staff.SingleOrDefaultAsync(s => s.Id == id && s.SiteId == siteId, cancel);
        if (member is null)
            return ("missing", null);
        if (id is not null && request.Version is { } shown && shown != member.Version)
            return ("changed", null);
        if (id is null)
            db.Staff.Add(member);
        (member.Name, member.Job, member.CertificateUntil, member.TrainedOn) = (
            name,
            request.Job?.Trim() ?? "",
            request.CertificateUntil,
            request.TrainedOn
        );
        member.CertificatePicture = request.Picture ?? member.CertificatePicture;
        if (request.Left)
            (member.PinHash, member.BadgeHash) = (null, null);
        member.LeftOn = request.Left ? member.LeftOn ?? RecordService.Today(site, time) : null;
        return (
            null,
            new(
                scope.Me,
                AuditActions.Record,
                siteId,
                $"staff/{member.Id}",
                request.Left ? "left"
                    : id is null ? "new"
                    : "changed"
            )
        );
    }
}
