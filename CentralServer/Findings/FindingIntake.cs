using System.Text.Json;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Takes findings in, exactly once by id.</summary>
internal sealed partial class FindingIntake(CentralDb db, FindingFeed feed, LifeOptions life, TimeProvider time, ILogger<FindingIntake> logger)
{
    /// <summary>Returns once it is stored. A finding of another box under the same id is left alone.</summary>
    public async Task AcceptAsync(string boxId, string siteId, FindingReport report, CancellationToken cancel)
    {
        try
        {
            await StoreAsync(boxId, siteId, report, cancel);
        }
        catch (DbUpdateException) when (!cancel.IsCancellationRequested)
        {
            // The same finding came on two lines at once and the other one was first: this one updates it.
            db.ChangeTracker.Clear();
            await StoreAsync(boxId, siteId, report, cancel);
        }
    }

    /// <summary>Notes that a part has arrived whole.</summary>
    public async Task ArrivedAsync(string boxId, string id, EvidencePart part, string sha256, CancellationToken cancel)
    {
        var row = await db.Findings.SingleAsync(f => f.Id == id && f.BoxId == boxId, cancel);
        if (part == EvidencePart.Clip)
            row.ClipSha256 = sha256;
        else
            row.StillSha256 = sha256;
        await db.SaveChangesAsync(cancel);
        feed.Tell(row.SiteId, id);
    }

    private async Task StoreAsync(string boxId, string siteId, FindingReport report, CancellationToken cancel)
    {
        var id = report.Id.ToString();
        var row = await db.Findings.FindAsync([id], cancel);
        if (row is not null && row.BoxId != boxId)
        {
            ForeignFinding(boxId, id);
            return;
        }

        if (row is null)
        {
            var (now, tier) = (time.GetUtcNow(), life.TierOf(report.Kind));
            row = new Finding { Id = id, BoxId = boxId, SiteId = siteId, Camera = report.Camera.Value, Zone = "", Kind = "", ReceivedAt = now, Tier = tier, DueAt = life.DueAt(Stages.Notified, tier, now) };
            db.Findings.Add(row);
            db.FindingSteps.Add(new FindingStep { FindingId = id, At = now, PersonId = "", Step = Steps.Notify, To = Stages.Notified, DueAt = row.DueAt });
            FindingReceived(id, report.Kind, siteId, time.GetUtcNow() - report.OpenedAt);
        }

        row.Zone = report.Zone;
        row.Kind = report.Kind;
        row.OpenedAt = report.OpenedAt;
        row.ClosedAt = report.ClosedAt ?? row.ClosedAt;
        row.Score = report.Score;
        row.Note = report.Note;
        row.ClockAheadSeconds = report.ClockAheadSeconds;
        row.Boxes = JsonSerializer.Serialize(report.Boxes);
        row.Models = string.Join(", ", report.Models);
        await db.SaveChangesAsync(cancel);
        feed.Tell(siteId, id);
    }

    [LoggerMessage(LogLevel.Information, "Finding {Finding} {Kind} of site {Site} received {Lag} after it opened")]
    private partial void FindingReceived(string finding, string kind, string site, TimeSpan lag);

    [LoggerMessage(LogLevel.Warning, "Box {Box} reported finding {Finding}, which is another box's")]
    private partial void ForeignFinding(string box, string finding);
}
