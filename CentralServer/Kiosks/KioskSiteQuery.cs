using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>Collects what a kiosk shows of its site.</summary>
internal sealed class KioskSiteQuery(CentralDb db, TimeProvider time)
{
    private const int MostFindings = 30;
    private const int MostAlerts = 30;
    private const int LongestStreak = 365;

    /// <param name="siteId">The site of the kiosk.</param>
    public async Task<KioskSite?> OfAsync(string siteId, CancellationToken cancel)
    {
        if (await db.Sites.SingleOrDefaultAsync(s => s.Id == siteId, cancel) is not { } site)
            return null;
        var now = time.GetUtcNow();
        var (week, today, samples) = (now.AddDays(-7), RecordService.Today(site, time), now - RecordKinds.SampleRetention);
        var firstDay = today.AddDays(-(int)Math.Ceiling(RecordKinds.SampleRetention.TotalDays));
        var open = await db
            .Findings.Where(f => f.SiteId == siteId && Stages.Public.Contains(f.Stage) && f.OpenedAt > week)
            .OrderByDescending(f => f.OpenedAt)
            .Take(MostFindings)
            .ToListAsync(cancel);
        var ids = open.ConvertAll(f => f.Id);
        var done = (
            await db.FindingSteps.Where(s => ids.Contains(s.FindingId) && s.Step == Steps.Rectify).OrderBy(s => s.Id).ToListAsync(cancel)
        )
            .GroupBy(s => s.FindingId)
            .ToDictionary(g => g.Key, g => g.Last().Text);
        var last = await db
            .Findings.Where(f => f.SiteId == siteId && Stages.Public.Contains(f.Stage))
            .MaxAsync(f => (DateTimeOffset?)f.OpenedAt, cancel)
            ?? await db.Boxes.Where(b => b.SiteId == siteId).MinAsync(b => (DateTimeOffset?)b.EnrolledAt, cancel)
            ?? now;
        var all = db.Records;
        var records = await all.Where(r =>
                r.SiteId == siteId
                && r.Day >= firstDay
                && (r.Day == today || r.Kind == RecordKinds.Sample)
                && !all.Any(c => c.Corrects == r.Id)
            )
            .OrderBy(r => r.At)
            .ToListAsync(cancel);
        List<KioskMeal> Meals(string kind, string field) =>
            records
                .Where(r => r.Kind == kind && r.Day == today)
                .Select(r => new KioskMeal(
                    r.Values.GetValueOrDefault("meal", "lunch"),
                    r.Values.GetValueOrDefault(field, ""),
                    kind == RecordKinds.Menu ? r.Picture : null
                ))
                .ToList();
        var staff = await db.Staff.Where(s => s.SiteId == siteId && s.LeftOn == null).OrderBy(s => s.Name).ToListAsync(cancel);
        var alerts = await db
            .Findings.Where(f => f.SiteId == siteId && f.Stage == Stages.Notified)
            .OrderBy(f => f.Tier)
            .ThenByDescending(f => f.OpenedAt)
            .Take(MostAlerts)
            .ToListAsync(cancel);
        // The last of several checks of a person counts.
        var passed = records
            .Where(r => r is { Kind: RecordKinds.MorningCheck, StaffId: not null } && r.Day == today)
            .GroupBy(r => r.StaffId!)
            .Where(g => !g.Last().Alarming)
            .Select(g => g.Key)
            .ToList();
        return new(
            site.Id,
            site.Name,
            site.TimeZone,
            await db.Risks.Where(r => r.SiteId == siteId).Select(r => r.Grade).SingleOrDefaultAsync(cancel),
            await FindingView.MarkOfAsync(db, siteId, cancel),
            Math.Clamp((int)(now - last).TotalDays, 0, LongestStreak),
            VisitToken.PathOf(site),
            Meals(RecordKinds.Menu, "dishes"),
            Meals(RecordKinds.Companion, "who"),
            open.ConvertAll(f => new KioskPublicFinding(
                f.Zone,
                f.Kind,
                f.OpenedAt,
                f.Stage == Stages.Closed,
                done.GetValueOrDefault(f.Id)
            )),
            staff.ConvertAll(s => new KioskStaff(s.Id, s.Name, s.Job, s.CertificateUntil, s.TrainedOn, s.PinHash, s.BadgeHash)),
            passed,
            alerts.ConvertAll(f => new KioskAlert(FindingId.Parse(f.Id, null), f.Zone, f.Kind, f.Tier, f.OpenedAt, f.DueAt)),
            records
                .Where(r => r.Kind == RecordKinds.Sample && r.At > samples)
                .Select(r => new KioskSample(r.Id, r.Values.GetValueOrDefault("dish", ""), r.At, r.At + RecordKinds.SampleRetention))
                .ToList()
        );
    }
}
