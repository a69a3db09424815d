using System.Text.Json;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>A finding as reported by an edge agent.</summary>
internal sealed record ReportedFinding(string BoxId, string SiteId, FindingReport Report);

/// <summary>Stores reported findings, exactly once per id.</summary>
internal sealed partial class FindingIntake(
    CentralDb db,
    FindingFeed feed,
    LifeOptions life,
    TimeProvider time,
    ILogger<FindingIntake> logger
)
{
    /// <summary>
    /// Stores all findings in one transaction; returns after the commit. Skips a finding whose id belongs to another edge agent.
    /// </summary>
    /// <exception cref="DbUpdateException">Another server stored one of the findings concurrently; a retry updates the stored
    /// one.</exception>
    public async Task StoreAsync(IReadOnlyList<ReportedFinding> reported, CancellationToken cancel)
    {
        var ids = reported.Select(t => t.Report.Id.ToString()).Distinct().ToList();
        var rows = await db.Findings.Where(f => ids.Contains(f.Id)).ToDictionaryAsync(f => f.Id, cancel);
        var changed = new HashSet<(string SiteId, string Id)>();
        foreach (var (boxId, siteId, report) in reported)
        {
            var id = report.Id.ToString();
            var row = rows.GetValueOrDefault(id);
            if (row is not null && row.BoxId != boxId)
            {
                ForeignFinding(boxId, id);
                continue;
            }

            Apply(report, row ?? (rows[id] = Open(boxId, siteId, report)));
            changed.Add((siteId, id));
        }

        await db.SaveChangesAsync(cancel);
        foreach (var (siteId, id) in changed)
            feed.Publish(siteId, id);
    }

    /// <summary>Records that an evidence part is complete. A recorded digest is never replaced.</summary>
    /// <param name="sha256">SHA-256 that this server computed from the stored file.</param>
    public async Task ArrivedAsync(string boxId, string id, EvidencePart part, string sha256, CancellationToken cancel)
    {
        var found = db.Findings.Where(f => f.Id == id && f.BoxId == boxId);
        var updated =
            part == EvidencePart.Clip
                ? await found.Where(f => f.ClipSha256 == null).ExecuteUpdateAsync(f => f.SetProperty(x => x.ClipSha256, sha256), cancel)
                : await found.Where(f => f.StillSha256 == null).ExecuteUpdateAsync(f => f.SetProperty(x => x.StillSha256, sha256), cancel);
        if (updated == 1)
            feed.Publish(await found.Select(f => f.SiteId).SingleAsync(cancel), id);
    }

    private Finding Open(string boxId, string siteId, FindingReport report)
    {
        var (id, now, tier) = (report.Id.ToString(), time.GetUtcNow(), life.TierOf(report.Kind));
        var row = new Finding
        {
            Id = id,
            BoxId = boxId,
            SiteId = siteId,
            Camera = report.Camera.Value,
            Zone = "",
            Kind = "",
            ReceivedAt = now,
            Tier = tier,
            DueAt = life.DueAt(Stages.Notified, tier, now),
        };
        db.Findings.Add(row);
        db.FindingSteps.Add(
            new FindingStep
            {
                FindingId = id,
                At = now,
                PersonId = "",
                Step = Steps.Notify,
                To = Stages.Notified,
                DueAt = row.DueAt,
            }
        );
        FindingReceived(id, report.Kind, siteId, now - report.OpenedAt);
        return row;
    }

    private static void Apply(FindingReport report, Finding row)
    {
        row.Zone = report.Zone;
        row.Kind = report.Kind;
        row.OpenedAt = report.OpenedAt;
        row.ClosedAt = report.ClosedAt ?? row.ClosedAt;
        row.Score = report.Score;
        row.Note = report.Note;
        row.ClockAheadSeconds = report.ClockAheadSeconds;
        row.Boxes = JsonSerializer.Serialize(report.Boxes);
        row.Models = string.Join(", ", report.Models);
    }

    [LoggerMessage(LogLevel.Information, "Finding {Finding} ({Kind}) of site {Site} was received {Lag} after it was opened")]
    private partial void FindingReceived(string finding, string kind, string site, TimeSpan lag);

    [LoggerMessage(
        LogLevel.Warning,
        "Edge agent {Box} reported finding {Finding}, which belongs to another edge agent; the report was not stored"
    )]
    private partial void ForeignFinding(string box, string finding);
}
