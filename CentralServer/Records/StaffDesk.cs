using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

/// <param name="Picture">SHA-256 of the certificate's picture; null leaves the one that is there.</param>
internal sealed record StaffRequest(string? Name, string? Job, DateOnly? CertificateUntil, DateOnly? TrainedOn, string? Picture, bool Left);

/// <summary>Keeps the list of a kitchen's staff.</summary>
internal sealed class StaffDesk(CentralDb db, SiteScope scope, AuditLog audit, TimeProvider time)
{
    private const int LongestName = 60;

    /// <param name="id">Null for somebody new.</param>
    /// <returns>Null when it was done; else <c>missing</c> or <c>name</c>.</returns>
    public async Task<string?> KeepAsync(string siteId, string? id, StaffRequest request, CancellationToken cancel)
    {
        string? fault = null;
        await audit.RecordAsync(
            async () =>
            {
                (fault, var note) = await ApplyAsync(siteId, id, request, cancel);
                return note;
            }, cancel);
        return fault;
    }

    private async Task<(string? Fault, AuditNote? Note)> ApplyAsync(string siteId, string? id, StaffRequest request, CancellationToken cancel)
    {
        if (await scope.Sites.SingleOrDefaultAsync(s => s.Id == siteId, cancel) is not { } site)
            return ("missing", null);
        if (request.Name?.Trim() is not { Length: > 0 and <= LongestName } name || request.Job is { Length: > LongestName })
            return ("name", null);
        var member = id is null
            ? new StaffMember { Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), SiteId = siteId, Name = name }
            : await db.Staff.SingleOrDefaultAsync(s => s.Id == id && s.SiteId == siteId, cancel);
        if (member is null)
            return ("missing", null);
        if (id is null)
            db.Staff.Add(member);
        (member.Name, member.Job, member.CertificateUntil, member.TrainedOn) = (name, request.Job?.Trim() ?? "", request.CertificateUntil, request.TrainedOn);
        member.CertificatePicture = request.Picture ?? member.CertificatePicture;
        member.LeftOn = request.Left ? member.LeftOn ?? RecordDesk.Today(site, time) : null;
        return (null, new(scope.Me, AuditActions.Record, siteId, $"staff/{member.Id}", request.Left ? "left" : id is null ? "new" : "changed"));
    }
}
