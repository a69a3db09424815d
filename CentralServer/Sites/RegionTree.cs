using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>Creates regions, sites, areas and grants, and maintains the regions' paths.</summary>
public sealed class RegionTree(CentralDb db)
{
    /// <param name="parent">Null for a city.</param>
    public async Task<Region> AddRegionAsync(string name, Region? parent, CancellationToken cancel = default)
    {
        var id = NewId();
        var level = parent is null
            ? RegionLevels.City
            : RegionLevels.All[Math.Min(RegionLevels.All.ToList().IndexOf(parent.Level) + 1, RegionLevels.All.Count - 1)];
        var region = new Region
        {
            Id = id,
            ParentId = parent?.Id,
            Name = name,
            Level = level,
            Path = $"{parent?.Path ?? "/"}{id}/",
        };
        db.Regions.Add(region);
        await db.SaveChangesAsync(cancel);
        return region;
    }

    public async Task<Site> AddSiteAsync(string name, string kind, Region? region, CancellationToken cancel = default)
    {
        var site = new Site
        {
            Id = NewId(),
            Name = name,
            Kind = kind,
            RegionId = region?.Id,
            RegionPath = region?.Path ?? "/",
        };
        db.Sites.Add(site);
        await db.SaveChangesAsync(cancel);
        return site;
    }

    /// <summary>As <see cref="AddRegionAsync"/>, within the caller's transaction.</summary>
    /// <returns>Null if the parent has a region of that name already; of two concurrent calls with the same name, one gets null.</returns>
    public async Task<Region?> AddRegionOnceAsync(string name, Region parent, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(parent);
        await TransactionLock.EnterAsync(db, TransactionLock.Places, cancel);
        return await db.Regions.AnyAsync(r => r.ParentId == parent.Id && r.Name == name, cancel)
            ? null
            : await AddRegionAsync(name, parent, cancel);
    }

    /// <summary>As <see cref="AddSiteAsync"/>, within the caller's transaction.</summary>
    /// <returns>Null if the region has a site of that name already.</returns>
    public async Task<Site?> AddSiteOnceAsync(string name, string kind, Region region, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(region);
        await TransactionLock.EnterAsync(db, TransactionLock.Places, cancel);
        return await db.Sites.AnyAsync(s => s.RegionId == region.Id && s.Name == name, cancel)
            ? null
            : await AddSiteAsync(name, kind, region, cancel);
    }

    /// <summary>Adds an area to a site, within the caller's transaction.</summary>
    /// <returns>Null if the site has an area of that name and kind already.</returns>
    public async Task<Area?> AddAreaOnceAsync(string siteId, string name, string kind, CancellationToken cancel)
    {
        await TransactionLock.EnterAsync(db, TransactionLock.Places, cancel);
        if (await db.Areas.AnyAsync(a => a.SiteId == siteId && a.Name == name && a.Kind == kind, cancel))
            return null;
        var area = new Area
        {
            Id = NewId(),
            SiteId = siteId,
            Name = name,
            Kind = kind,
        };
        db.Areas.Add(area);
        await db.SaveChangesAsync(cancel);
        return area;
    }

    public async Task GrantAsync(string personId, Site site, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(site);
        if (await db.Grants.AnyAsync(g => g.PersonId == personId && g.SiteId == site.Id, cancel))
            return;
        db.Grants.Add(
            new Grant
            {
                Id = NewId(),
                PersonId = personId,
                SiteId = site.Id,
            }
        );
        await db.SaveChangesAsync(cancel);
    }

    public async Task GrantAsync(string personId, Region region, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(region);
        if (await db.Grants.AnyAsync(g => g.PersonId == personId && g.RegionId == region.Id, cancel))
            return;
        db.Grants.Add(
            new Grant
            {
                Id = NewId(),
                PersonId = personId,
                RegionId = region.Id,
                RegionPath = region.Path,
            }
        );
        await db.SaveChangesAsync(cancel);
    }

    private static string NewId() => Guid.CreateVersion7().ToString("N");
}
