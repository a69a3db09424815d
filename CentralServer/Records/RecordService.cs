using System.Text.Json;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts.Records;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

/// <param name="Id">Chosen by the writer, 32 hexadecimal digits; null to generate one.</param>
/// <param name="Day">Null for today in the site's time zone.</param>
/// <param name="Picture">SHA-256 of a picture that is already stored.</param>
internal sealed record RecordRequest(
    string? Id,
    string Kind,
    IReadOnlyDictionary<string, string> Values,
    DateOnly? Day = null,
    string? Picture = null,
    string? Corrects = null
);

/// <summary>Validates and saves records; a record and its audit entry are saved in one transaction.</summary>
internal sealed class RecordService(CentralDb db, SiteScope scope, AuditLog audit, TimeProvider time)
{
    private static readonly int FurthestDays = 60;

    /// <summary>
    /// Saves a record. The fault is null if it is saved now or was before, otherwise <c>missing</c>, <c>kind</c>, <c>id</c>, <c>day</c>,
    /// <c>corrects</c>, <c>not-yours</c>, or <c>field-</c> and the name of the invalid field.
    /// </summary>
    public async Task<(string? Fault, KitchenRecord? Record)> SaveAsync(
        string siteId,
        RecordRequest request,
        Actor who,
        CancellationToken cancel
    )
    {
        (string? Fault, KitchenRecord? Record) result = default;
        await audit.RecordAsync(
            async () =>
            {
                result = await scope.Sites.SingleOrDefaultAsync(s => s.Id == siteId, cancel) is { } site
                    ? await AddAsync(site, request, who, time.GetUtcNow(), cancel)
                    : ("missing", null);
                if (result is not { Fault: null, Record: { } made } || db.Entry(made).State == EntityState.Unchanged)
                    return null;
                return new AuditNote(
                    who.Id,
                    AuditActions.Record,
                    siteId,
                    $"record/{made.Id}",
                    made.Corrects is null ? made.Kind : $"{made.Kind} corrects {made.Corrects}"
                );
            },
            cancel
        );
        return result;
    }

    public static DateOnly Today(Site site, TimeProvider time) =>
        DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time.GetUtcNow(), site.Zone).DateTime);

    /// <summary>Adds a record to the context without saving it; the caller saves it together with its audit entry.</summary>
    /// <param name="site">A site that <paramref name="who"/> may write to.</param>
    /// <param name="at">When it was entered.</param>
    /// <returns>The fault as in <see cref="SaveAsync"/>, and the record.</returns>
    public async Task<(string? Fault, KitchenRecord? Record)> AddAsync(
        Site site,
        RecordRequest request,
        Actor who,
        DateTimeOffset at,
        CancellationToken cancel
    )
    {
        var siteId = site.Id;
        if (RecordKinds.Find(request.Kind) is not { } kind)
            return ("kind", null);
        if (!kind.By.Any(who.HasRole))
            return ("not-yours", null);
        var values = RecordDefinition.Clean(request.Values);
        if (kind.Definition.Check(values) is { } refused)
            return (refused.Code, null);
        var id = request.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        if (!Guid.TryParseExact(id, "N", out _))
            return ("id", null);
        if (await db.Records.FindAsync([id], cancel) is { } there)
            return there.SiteId == siteId ? (null, there) : ("missing", null);
        var today = Today(site, time);
        var day = request.Day ?? today;
        if (day > today || day < today.AddDays(-FurthestDays))
            return ("day", null);
        if (
            request.Corrects is { } old
            && !await db.Records.AnyAsync(r => r.Id == old && r.SiteId == siteId && r.Kind == kind.Name, cancel)
        )
            return ("corrects", null);
        var certified = true;
        var staff = values.GetValueOrDefault("staff");
        if (staff is not null)
        {
            if (await db.Staff.SingleOrDefaultAsync(s => s.Id == staff && s.SiteId == siteId && s.LeftOn == null, cancel) is not { } member)
                return ("field-staff", null);
            certified = member.CertificateUntil >= day;
            // Stores the name, so that the record stays readable when the list of staff changes.
            values["staff"] = member.Name;
        }

        var made = new KitchenRecord
        {
            Id = id,
            SiteId = siteId,
            Kind = kind.Name,
            Day = day,
            At = at,
            PersonId = who.Id,
            PersonName = who.Name,
            Data = JsonSerializer.Serialize(values),
            StaffId = staff,
            Picture = request.Picture,
            Corrects = request.Corrects,
            Alarming = KitchenRecord.IsAlarming(kind.Name, values, certified),
        };
        db.Records.Add(made);
        return (null, made);
    }
}
