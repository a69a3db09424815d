using System.Security.Claims;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Kiosks;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>The one place that narrows every query to what the signed-in person may see.</summary>
public sealed class SiteScope(CentralDb db, IHttpContextAccessor http)
{
    private const int Few = 20;
    private List<string>? named;

    /// <summary>The signed-in person's id; empty where nobody is.</summary>
    public string Me => http.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "";

    public IQueryable<Site> Sites => SitesOf(Me);

    /// <summary>The sites of somebody else, for what is done in their name.</summary>
    public IQueryable<Site> SitesOf(string person) =>
        db.Sites.Where(s =>
            db.Grants.Any(g =>
                g.PersonId == person && (g.SiteId == s.Id || (g.RegionPath != null && s.RegionPath.StartsWith(g.RegionPath)))
            )
        );

    /// <summary>The regions that the person was granted, and all below them.</summary>
    public IQueryable<Region> Regions
    {
        get
        {
            var me = Me;
            return db.Regions.Where(r => db.Grants.Any(g => g.PersonId == me && g.RegionPath != null && r.Path.StartsWith(g.RegionPath)));
        }
    }

    /// <summary>The findings of the person's sites.</summary>
    public async Task<IQueryable<Finding>> FindingsAsync(CancellationToken cancel = default)
    {
        // Of few sites, by their index; of many, newest first until there are enough. SQLite walks there by itself; PostgreSQL does where
        // it is told the sites, and else sorts all findings for the sake of sixty (1 ms and 4 s at a million).
        var byName = db.Database.IsNpgsql();
        named ??= await (byName ? Sites.Select(s => s.Id) : Sites.Select(s => s.Id).OrderBy(id => id).Take(Few + 1)).ToListAsync(cancel);
        var (sites, ids) = (Sites, named);
        return byName || ids.Count <= Few
            ? db.Findings.Where(f => ids.Contains(f.SiteId))
            : db.Findings.Where(f => sites.Any(s => s.Id == f.SiteId));
    }

    public IQueryable<Box> Boxes
    {
        get
        {
            var sites = Sites;
            return db.Boxes.Where(b => sites.Any(s => s.Id == b.SiteId));
        }
    }

    public IQueryable<Kiosk> Kiosks
    {
        get
        {
            var sites = Sites;
            return db.Kiosks.Where(k => sites.Any(s => s.Id == k.SiteId));
        }
    }

    public IQueryable<Camera> Cameras => db.Cameras.Where(c => Boxes.Any(b => b.Id == c.BoxId && b.RevokedAt == null));

    /// <summary>Cases of the person's sites, and those that were handed to an authority within the person's regions.</summary>
    public IQueryable<FeedbackCase> Cases
    {
        get
        {
            var (sites, regions) = (Sites, Regions);
            return db.Cases.Where(c => sites.Any(s => s.Id == c.SiteId) || regions.Any(r => r.Id == c.HandedToRegionId));
        }
    }
}
