using System.Security.Claims;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>The one place that narrows every query to what the signed-in person may see.</summary>
public sealed class SiteScope(CentralDb db, IHttpContextAccessor http)
{
    private string Me => http.HttpContext?.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "";

    public IQueryable<Site> Sites
    {
        get
        {
            var me = Me;
            return db.Sites.Where(s => db.Grants.Any(g => g.PersonId == me && g.SiteId == s.Id));
        }
    }

    public IQueryable<Finding> Findings
    {
        get
        {
            var me = Me;
            return db.Findings.Where(f => db.Grants.Any(g => g.PersonId == me && g.SiteId == f.SiteId));
        }
    }

    public IQueryable<Box> Boxes
    {
        get
        {
            var me = Me;
            return db.Boxes.Where(b => db.Grants.Any(g => g.PersonId == me && g.SiteId == b.SiteId));
        }
    }

    public IQueryable<Camera> Cameras => db.Cameras.Where(c => Boxes.Any(b => b.Id == c.BoxId && b.RevokedAt == null));
}
