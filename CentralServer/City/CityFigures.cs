using System.Collections.Concurrent;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.City;

/// <summary>Figures of a region or a site.</summary>
/// <param name="Sites">Number of kitchens.</param>
/// <param name="Covered">Kitchens with an edge agent (明厨亮灶).</param>
/// <param name="Online">Kitchens whose edge agent is connected and has a camera with a live picture.</param>
/// <param name="Findings">Findings of the period, without dismissed ones.</param>
/// <param name="Score">Mean risk score of the sites, 0–100; null if none was calculated.</param>
internal sealed record PlaceFigures(
    string Id,
    string Name,
    bool IsSite,
    int Sites,
    int Covered,
    int Online,
    int Findings,
    int Closed,
    int Overdue,
    double? Score
);

/// <summary>What the wall and the reports show of a region over a period.</summary>
/// <param name="Above">The regions from the highest that the person may see down to this one.</param>
/// <param name="ByHour">Findings of the last 24 hours by hour of the day, 0–23, in the sites' time zones.</param>
/// <param name="HoursToClose">Median hours from confirmation to closing; null if nothing was closed.</param>
internal sealed record CityView(
    Region? Region,
    IReadOnlyList<Region> Above,
    PlaceFigures Total,
    IReadOnlyList<PlaceFigures> Places,
    IReadOnlyDictionary<string, int> ByKind,
    IReadOnlyList<int> ByHour,
    double? HoursToClose,
    int Escalated,
    int Cases,
    int Answered,
    IReadOnlyList<(string Box, string Camera, string Name, string Site)> Live
);

/// <summary>
/// Calculates the figures of a region within the person's grants. Results are cached for some seconds, so that many screens of one person
/// cost as much as one.
/// </summary>
internal sealed class CityFigures(CentralDb db, SiteScope scope, CityFiguresCache cache, TimeProvider time)
{
    private const int MostLive = 3;
    private const double MillisecondsPerHour = 3_600_000;

    /// <summary>Returns the figures; null if the person may not see the region.</summary>
    /// <param name="regionId">Null for everything that the person may see.</param>
    /// <param name="fresh">Whether to bypass the cache; the result is cached in either case.</param>
    public async Task<CityView?> OfAsync(string? regionId, DateTimeOffset from, DateTimeOffset to, bool fresh, CancellationToken cancel)
    {
        var key = $"{scope.Me} {regionId} {from.ToUnixTimeSeconds() / 60} {to.ToUnixTimeSeconds() / 60}";
        if (!fresh && cache.Find(key) is { } known)
            return known;
        var regions = await scope.Regions.OrderBy(r => r.Path).ToListAsync(cancel);
        var region = regionId is null ? null : regions.Find(r => r.Id == regionId);
        if (regionId is not null && region is null)
            return null;
        var view = await MakeAsync(regions, region ?? Top(regions), from, to, cancel);
        cache.Set(key, view);
        return view;
    }

    // Median over all closed findings, sorted by the database.
    private static async Task<double?> MedianHoursToCloseAsync(IQueryable<Finding> counted, CancellationToken cancel)
    {
        var closed = counted
            .Where(f => f.Stage == Stages.Closed && f.ConfirmedAt != null && f.OverAt != null)
            .Select(f => CentralDb.MillisecondsBetween(f.ConfirmedAt!.Value, f.OverAt!.Value));
        var count = await closed.CountAsync(cancel);
        if (count == 0)
            return null;
        var middle = await closed.OrderBy(t => t).Skip((count - 1) / 2).Take(2 - (count % 2)).ToListAsync(cancel);
        return middle.Average() / MillisecondsPerHour;
    }

    // If all granted regions are below one of them, the view starts there.
    private static Region? Top(List<Region> regions) =>
        regions.Count > 0 && regions.TrueForAll(r => r.Path.StartsWith(regions[0].Path, StringComparison.Ordinal)) ? regions[0] : null;

    private async Task<CityView> MakeAsync(
        List<Region> regions,
        Region? region,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancel
    )
    {
        var now = time.GetUtcNow();
        var path = region?.Path ?? "";
        var sites = await scope.Sites.Where(s => s.RegionPath.StartsWith(path)).ToListAsync(cancel);
        var ids = sites.Select(s => s.Id).ToHashSet();
        var boxes = (
            await db
                .Boxes.Where(b => b.RevokedAt == null)
                .Select(b => new
                {
                    b.Id,
                    b.SiteId,
                    b.LastSeenAt,
                })
                .ToListAsync(cancel)
        ).Where(b => ids.Contains(b.SiteId)).ToList();
        var siteOf = boxes.ToDictionary(b => b.Id, b => b.SiteId);
        var present = boxes.Where(b => now - b.LastSeenAt < Box.AwayAfter).Select(b => b.Id).ToHashSet();
        var live = (await db.Cameras.Where(c => c.State == CameraStates.Live).OrderBy(c => c.BoxId).ThenBy(c => c.Id).ToListAsync(cancel))
            .Where(c => present.Contains(c.BoxId))
            .ToList();
        var online = live.Select(c => siteOf[c.BoxId]).ToHashSet();
        var covered = boxes.Select(b => b.SiteId).ToHashSet();

        // Counted twice, by site and by kind: each query reads one index in its order, while a combined query would have to sort.
        var within = scope.Sites.Where(s => s.RegionPath.StartsWith(path)).Select(s => s.Id);
        var counted = db.Findings.Where(f =>
            within.Contains(f.SiteId) && f.OpenedAt >= from && f.OpenedAt < to && f.Stage != Stages.Dismissed
        );
        var bySite = (
            await counted
                .GroupBy(f => f.SiteId)
                .Select(g => new
                {
                    g.Key,
                    All = g.Count(),
                    Closed = g.Count(f => f.Stage == Stages.Closed),
                })
                .ToListAsync(cancel)
        ).ToDictionary(c => c.Key, c => (c.All, c.Closed));
        var byKind = (await counted.GroupBy(f => f.Kind).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel))
            .OrderByDescending(c => c.Count)
            .ToDictionary(c => c.Key, c => c.Count);
        var late = (
            await db
                .Findings.Where(f => f.OverdueSince != null && f.OverAt == null)
                .GroupBy(f => new { f.SiteId, Up = f.Level > 0 })
                .Select(g => new
                {
                    g.Key.SiteId,
                    g.Key.Up,
                    Count = g.Count(),
                })
                .ToListAsync(cancel)
        ).Where(c => ids.Contains(c.SiteId)).ToList();
        var scores = (await db.Risks.Select(r => new { r.SiteId, r.Score }).ToListAsync(cancel))
            .Where(r => ids.Contains(r.SiteId))
            .ToDictionary(r => r.SiteId, r => r.Score);
        var hoursToClose = await MedianHoursToCloseAsync(counted, cancel);
        var day = now - TimeSpan.FromHours(24);
        var hours = new int[24];
        var zones = sites.ToDictionary(s => s.Id, s => s.Zone);
        foreach (
            var opened in (
                await db.Findings.Where(f => f.OpenedAt >= day).Select(f => new { f.SiteId, f.OpenedAt }).ToListAsync(cancel)
            ).Where(f => ids.Contains(f.SiteId))
        )
            hours[TimeZoneInfo.ConvertTime(opened.OpenedAt, zones[opened.SiteId]).Hour]++;
        var cases = (
            await db
                .Cases.Where(c => c.CreatedAt >= from && c.CreatedAt < to)
                .GroupBy(c => new { c.SiteId, Answered = c.Answer != null })
                .Select(g => new
                {
                    g.Key.SiteId,
                    g.Key.Answered,
                    Count = g.Count(),
                })
                .ToListAsync(cancel)
        ).Where(c => ids.Contains(c.SiteId)).ToList();

        var lateBySite = late.GroupBy(l => l.SiteId).ToDictionary(g => g.Key, g => g.Sum(l => l.Count));
        PlaceFigures Sum(string id, string name, bool isSite, IReadOnlyCollection<Site> of) =>
            new(
                id,
                name,
                isSite,
                of.Count,
                of.Count(s => covered.Contains(s.Id)),
                of.Count(s => online.Contains(s.Id)),
                of.Sum(s => bySite.GetValueOrDefault(s.Id).All),
                of.Sum(s => bySite.GetValueOrDefault(s.Id).Closed),
                of.Sum(s => lateBySite.GetValueOrDefault(s.Id)),
                of.Where(s => scores.ContainsKey(s.Id)).Select(s => (double?)scores[s.Id]).Average()
            );
        // The regions directly below, and as single places the sites that belong to none of them.
        var below = regions.Where(r => region is null ? !regions.Exists(up => up.Id == r.ParentId) : r.ParentId == region.Id).ToList();
        var places = below
            .Select(r => Sum(r.Id, r.Name, false, sites.FindAll(s => s.RegionPath.StartsWith(r.Path, StringComparison.Ordinal))))
            .Concat(
                sites
                    .Where(s => !below.Exists(r => s.RegionPath.StartsWith(r.Path, StringComparison.Ordinal)))
                    .Select(s => Sum(s.Id, s.Name, true, [s]))
            )
            .OrderByDescending(p => p.Overdue)
            .ThenByDescending(p => p.Score ?? 0)
            .ThenBy(p => p.Name, StringComparer.Ordinal)
            .ToList();
        var names = sites.ToDictionary(s => s.Id, s => s.Name);
        return new(
            region,
            region is null ? [] : [.. regions.Where(r => region.Path.StartsWith(r.Path, StringComparison.Ordinal))],
            Sum(region?.Id ?? "", region?.Name ?? "", false, sites),
            places,
            byKind,
            hours,
            hoursToClose,
            late.Where(l => l.Up).Sum(l => l.Count),
            cases.Sum(c => c.Count),
            cases.Where(c => c.Answered).Sum(c => c.Count),
            [
                .. live.OrderByDescending(c => lateBySite.GetValueOrDefault(siteOf[c.BoxId]))
                    .ThenByDescending(c => scores.GetValueOrDefault(siteOf[c.BoxId]))
                    .DistinctBy(c => siteOf[c.BoxId])
                    .Take(MostLive)
                    .Select(c => (c.BoxId, c.Id, c.Name, names[siteOf[c.BoxId]])),
            ]
        );
    }
}

/// <summary>Cache of calculated figures with a lifetime of 20 s.</summary>
internal sealed class CityFiguresCache(TimeProvider time)
{
    private const int Capacity = 500;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, CityView View)> views = new();

    public CityView? Find(string key) =>
        views.TryGetValue(key, out var known) && time.GetUtcNow() - known.At < Lifetime ? known.View : null;

    public void Set(string key, CityView view)
    {
        if (views.Count >= Capacity)
            views.Clear();
        views[key] = (time.GetUtcNow(), view);
    }
}
