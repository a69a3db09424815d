using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>Makes regions, sites and areas, and keeps their paths true.</summary>
public sealed class RegionTree(CentralDb db)
{
    /// <param name="parent">Null for a city.</param>
    public async Task<Region> AddRegionAsync(string name, Region? parent, CancellationToken cancel = default)
    {
        var id = NewId();
        var level = parent is null ? RegionLevels.City : RegionLevels.All[Math.Min(RegionLevels.All.ToList().IndexOf(parent.Level) + 1, RegionLevels.All.Count - 1)];
        var region = new Region { Id = id, ParentId = parent?.Id, Name = name, Level = level, Path = $"{parent?.Path ?? "/"}{id}/" };
        db.Regions.Add(region);
        await db.SaveChangesAsync(cancel);
        return region;
    }

    public async Task<Site> AddSiteAsync(string name, string kind, Region? region, CancellationToken cancel = default)
    {
        var site = new Site { Id = NewId(), Name = name, Kind = kind, RegionId = region?.Id, RegionPath = region?.Path ?? "/" };
        db.Sites.Add(site);
        await db.SaveChangesAsync(cancel);
        return site;
    }

    public async Task GrantAsync(string personId, Site site, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(site);
        if (await db.Grants.AnyAsync(g => g.PersonId == personId && g.SiteId == site.Id, cancel))
            return;
        db.Grants.Add(new Grant { Id = NewId(), PersonId = personId, SiteId = site.Id });
        await db.SaveChangesAsync(cancel);
    }

    public async Task GrantAsync(string personId, Region region, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(region);
        if (await db.Grants.AnyAsync(g => g.PersonId == personId && g.RegionId == region.Id, cancel))
            return;
        db.Grants.Add(new Grant { Id = NewId(), PersonId = personId, RegionId = region.Id, RegionPath = region.Path });
        await db.SaveChangesAsync(cancel);
    }

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
