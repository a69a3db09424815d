using System.Security.Claims;
using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>
/// The single place that restricts queries to what the signed-in person may see. Capabilities add queries of their own rows as extension
/// members, built on the ones here.
/// </summary>
public sealed class SiteScope(CentralDb db, IHttpContextAccessor http)
{
    private const int Few = 20;
    private List<string>? named;

    /// <summary>The signed-in person's id; empty if no one is signed in.</summary>
    public string Me => http.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "";

    public IQueryable<Site> Sites => SitesOf(Me);

    /// <summary>The context that the extension members query.</summary>
    internal CentralDb Db => db;

    /// <summary>The regions that the person was granted, and all regions below them.</summary>
    public IQueryable<Region> Regions
    {
        get
        {
            var (me, grants) = (Me, db.Grants);
            return db.Regions.Where(r => grants.Any(g => g.PersonId == me && g.RegionPath != null && r.Path.StartsWith(g.RegionPath)));
        }
    }

    /// <summary>The sites of another person, for actions on their behalf.</summary>
    public IQueryable<Site> SitesOf(string person)
    {
        var grants = db.Grants;
        return db.Sites.Where(s =>
            grants.Any(g => g.PersonId == person && (g.SiteId == s.Id || (g.RegionPath != null && s.RegionPath.StartsWith(g.RegionPath))))
        );
    }

    /// <summary>
    /// The ids of <see cref="Sites"/> if a query of many rows is faster with them than with the sites' subquery; null otherwise.
    /// </summary>
    internal async Task<List<string>?> NamedSitesAsync(CancellationToken cancel)
    {
        // With few sites, their index is used; with many, rows are read newest first until there are enough. SQLite chooses the latter plan
        // itself; PostgreSQL does so only with explicit ids, and otherwise sorts all findings to return sixty (1 ms versus 4 s at a
        // million).
        var byName = db.Database.IsNpgsql();
        named ??= await (byName ? Sites.Select(s => s.Id) : Sites.Select(s => s.Id).OrderBy(id => id).Take(Few + 1)).ToListAsync(cancel);
        return byName || named.Count <= Few ? named : null;
    }
}
