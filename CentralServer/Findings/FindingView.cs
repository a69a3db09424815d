using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>A finding with its site and camera, for display.</summary>
public sealed record FindingView(Finding Finding, Site Site, Camera? Camera)
{
    public DateTimeOffset OpenedLocal => TimeZoneInfo.ConvertTime(Finding.OpenedAt, Site.Zone);

    public TimeSpan? Lasted => Finding.ClosedAt - Finding.OpenedAt;

    /// <summary>The camera's name as configured; for a finding about the edge agent itself, the localized word for it.</summary>
    public string CameraName(IStringLocalizer words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return Camera?.Name ?? (Finding.Camera == CameraId.Box.Value ? words["box"] : Finding.Camera);
    }

    /// <summary>The newest of the given findings with their sites and cameras.</summary>
    /// <param name="findings">Limited to the caller's scope; sites and cameras are loaded without a further check.</param>
    /// <param name="before">The finding that those returned are older than; null for the newest.</param>
    public static async Task<List<FindingView>> NewestAsync(
        CentralDb db,
        IQueryable<Finding> findings,
        int most,
        Finding? before = null,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(db);
        if (before is not null)
            findings = findings.Where(f =>
                f.OpenedAt <= before.OpenedAt && (f.OpenedAt < before.OpenedAt || f.Id.CompareTo(before.Id) < 0)
            );
        // Separate queries: with one join, databases sort a million rows to return sixty.
        var rows = await findings.OrderByDescending(f => f.OpenedAt).ThenByDescending(f => f.Id).Take(most).ToListAsync(cancel);
        var (siteIds, boxIds) = (rows.Select(f => f.SiteId).Distinct().ToList(), rows.Select(f => f.BoxId).Distinct().ToList());
        var sites = await db.Sites.Where(s => siteIds.Contains(s.Id)).ToDictionaryAsync(s => s.Id, cancel);
        var cameras = await db.Cameras.Where(c => boxIds.Contains(c.BoxId)).ToDictionaryAsync(c => (c.BoxId, c.Id), cancel);
        return rows.ConvertAll(f => new FindingView(f, sites[f.SiteId], cameras.GetValueOrDefault((f.BoxId, f.Camera))));
    }

    /// <summary>
    /// A site's public marker: the most severe <see cref="Finding.Mark"/> of all its confirmed alarms, however many newer findings there
    /// are; null if none is overdue.
    /// </summary>
    public static async Task<string?> MarkOfAsync(CentralDb db, string siteId, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(db);
        var level = await db
            .Findings.Where(f =>
                f.SiteId == siteId && f.Tier == 1 && f.OverdueSince != null && f.OverAt == null && Stages.Public.Contains(f.Stage)
            )
            .MaxAsync(f => (int?)f.Level, cancel);
        return level is null ? null : Finding.MarkAt(level.Value);
    }

    /// <summary>One finding with its site and camera; null if it is not among <paramref name="findings"/>.</summary>
    public static async Task<FindingView?> FindAsync(
        CentralDb db,
        IQueryable<Finding> findings,
        string id,
        CancellationToken cancel = default
    )
    {
        ArgumentNullException.ThrowIfNull(findings);
        return (await NewestAsync(db, findings.Where(f => f.Id == id), 1, cancel: cancel)).SingleOrDefault();
    }
}
