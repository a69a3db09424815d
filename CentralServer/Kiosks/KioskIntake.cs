using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Push;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Records;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>
/// Processes entries of staff at a kiosk, each only once: an entry's effect, its receipt and its audit entry are written in one
/// transaction.
/// </summary>
internal sealed class KioskIntake(
    CentralDb db,
    RecordService records,
    WorkflowService workflow,
    FindingFeed feed,
    AuditLog audit,
    PushSender push,
    PictureFiles pictures,
    TimeProvider time
)
{
    private static readonly TimeSpan FurthestAhead = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Oldest = TimeSpan.FromDays(60);

    /// <returns>Null if the entry's picture is missing: nothing was processed, and the kiosk must send picture and entry again.</returns>
    public async Task<KioskEntryOutcome?> ProcessAsync(string kioskId, string siteId, KioskEntry entry, CancellationToken cancel)
    {
        // The kiosk identifies the picture by the digest of the bytes it sent; the record refers to the digest of the stored picture.
        if (entry.Picture is { } sent)
        {
            var stored = await pictures.StoredAsync(sent, cancel);
            // An entry that was already processed gets its previous answer even if its picture no longer exists.
            if (stored is null && !await db.KioskReceipts.AnyAsync(r => r.Id == entry.Id, cancel))
                return null;
            entry = entry with { Picture = stored };
        }

        string? fault = null;
        Finding? answered = null;
        KitchenRecord? record = null;
        await audit.RecordAsync(
            async () =>
            {
                (fault, answered, record) = (null, null, null);
                if (await db.KioskReceipts.AsNoTracking().SingleOrDefaultAsync(r => r.Id == entry.Id, cancel) is { } receipt)
                {
                    fault = receipt.KioskId == kioskId ? receipt.Fault : "id";
                    return null;
                }

                var now = time.GetUtcNow();
                var who = await db.Staff.AsNoTracking().SingleOrDefaultAsync(s => s.Id == entry.StaffId && s.SiteId == siteId, cancel);
                // The kiosk's clock may be ahead; an entry must not be dated in the future.
                var at = entry.At > now ? now : entry.At;
                string subject;
                if (who is null)
                    (fault, subject) = ("staff", $"kiosk/{kioskId}");
                else if (entry.At > now + FurthestAhead || entry.At < now - Oldest)
                    (fault, subject) = ("time", $"kiosk/{kioskId}");
                else if (entry.Kind == KioskEntry.Answer)
                    (fault, subject, answered) = await AnswerAsync(siteId, entry, who, at, cancel);
                else
                    (fault, subject, record) = await AddRecordAsync(siteId, entry, who, at, cancel);
                db.KioskReceipts.Add(
                    new KioskReceipt
                    {
                        Id = entry.Id,
                        KioskId = kioskId,
                        At = now,
                        Fault = fault is null ? null : FindingReport.Shorten(fault),
                    }
                );
                return new AuditNote(
                    who is null ? "" : ActorOf(who).Id,
                    AuditActions.Record,
                    siteId,
                    subject,
                    fault is null ? $"{entry.Kind} at kiosk/{kioskId}" : $"{entry.Kind} at kiosk/{kioskId} refused: {fault}"
                );
            },
            cancel
        );
        if (answered is not null)
            feed.Publish(answered.SiteId, answered.Id);
        if (record is { Kind: RecordKinds.MorningCheck, Alarming: true })
            push.NotifyManagers(siteId);
        return new KioskEntryOutcome(fault);
    }

    private static Actor ActorOf(StaffMember who) => new($"staff/{who.Id}", who.Name, role => role == Roles.Manager);

    private async Task<(string? Fault, string Subject, KitchenRecord? Record)> AddRecordAsync(
        string siteId,
        KioskEntry entry,
        StaffMember who,
        DateTimeOffset at,
        CancellationToken cancel
    )
    {
        if (RecordKinds.Find(entry.Kind) is not { ByStaff: true } || entry.Values is null)
            return ("kind", "record", null);
        // A person may enter only their own morning check.
        var values =
            entry.Kind == RecordKinds.MorningCheck
                ? entry
                    .Values.Append(new("staff", who.Id))
                    .DistinctBy(v => v.Key)
                    .ToDictionary(v => v.Key, v => v.Key == "staff" ? who.Id : v.Value)
                : entry.Values;
        var site = await db.Sites.SingleAsync(s => s.Id == siteId, cancel);
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, site.Zone).DateTime);
        var (fault, record) = await records.AddAsync(site, new(entry.Id, entry.Kind, values, day, entry.Picture), ActorOf(who), at, cancel);
        return (fault, record is null ? "record" : $"record/{record.Id}", record);
    }

    private async Task<(string? Fault, string Subject, Finding? Answered)> AnswerAsync(
        string siteId,
        KioskEntry entry,
        StaffMember who,
        DateTimeOffset at,
        CancellationToken cancel
    )
    {
        var id = entry.Finding?.ToString();
        if (await db.Findings.SingleOrDefaultAsync(f => f.Id == id && f.SiteId == siteId, cancel) is not { } finding)
            return ("missing", "finding", null);
        var values = RecordDefinition.Clean(entry.Values ?? new Dictionary<string, string>());
        if (RecordDefinitions.Answer.Check(values) is { } refused)
            return (refused.Code, $"finding/{finding.Id}", null);
        var text = values[RecordDefinitions.AnswerText];
        // If an inspector has decided in the meantime, the answer becomes a comment, so that it is not lost.
        var request = new StepRequest(finding.Stage == Stages.Notified ? Steps.Acknowledge : Steps.Comment, text, null, entry.Picture);
        return (workflow.Apply(finding, request, ActorOf(who), at), $"finding/{finding.Id}", finding);
    }
}
