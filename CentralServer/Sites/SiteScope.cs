using System.Security.Claims;
using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>
/// The one place that narrows every query to what the signed-in person may see. Capabilities add their own rows' queries as extension
/// members, made of the ones here.
/// </summary>
public sealed class SiteScope(CentralDb db, IHttpContextAccessor http)
{
    private const int Few = 20;
    private List<string>? named;

    /// <summary>The signed-in person's id; empty where nobody is.</summary>
    public string Me => http.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "";

    public IQueryable<Site> Sites => SitesOf(Me);

    /// <summary>What the extension members query.</summary>
    internal CentralDb Db => db;

    /// <summary>The regions that the person was granted, and all below them.</summary>
    public IQueryable<Region> Regions
    {
        get
        {
            var (me, grants) = (Me, db.Grants);
            return db.Regions.Where(r => grants.Any(g => g.PersonId == me && g.RegionPath != null && r.Path.StartsWith(g.RegionPath)));
        }
    }

    /// <summary>The sites of somebody else, for what is done in their name.</summary>
    public IQueryable<Site> SitesOf(string person)
    {
        var grants = db.Grants;
        return db.Sites.Where(s =>
            grants.Any(g => g.PersonId == person && (g.SiteId == s.Id || (g.RegionPath != null && s.RegionPath.StartsWith(g.RegionPath))))
        );
    }

    /// <summary>
    /// The ids of <see cref="Sites"/> where a query of many rows is quicker by them than by the sites' own query; null where it is not.
    /// </summary>
    internal async Task<List<string>?> NamedSitesAsync(CancellationToken cancel)
    {
        // Of few sites, by their index; of many, newest first until there are enough. SQLite walks there by itself; PostgreSQL does where
        // it is told the sites, and else sorts all findings for the sake of sixty (1 ms and 4 s at a million).
        var byName = db.Database.IsNpgsql();
        named ??= await (byName ? Sites.Select(s => s.Id) : Sites.Select(s => s.Id).OrderBy(id => id).Take(Few + 1)).ToListAsync(cancel);
        return byName || named.Count <= Few ? named : null;
    }
}
