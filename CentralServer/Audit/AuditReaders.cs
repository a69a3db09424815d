using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>Determines which audit entries a person may read.</summary>
internal static class AuditReaders
{
    /// <summary>
    /// Entries of the person's own sites and own actions; and, of entries without a site, those about one of their regions, those about or
    /// by people with a grant within their regions (accounts, grants, sign-ins, tokens), and, for a city, those about the server.
    /// </summary>
    public static IQueryable<AuditEntry> Of(CentralDb db, SiteScope scope)
    {
        var (me, sites, regions) = (scope.Me, scope.Sites, scope.Regions);
        var people = db.Grants.Where(g => regions.Any(r => r.Id == g.RegionId) || (g.SiteId != null && sites.Any(s => s.Id == g.SiteId)));
        return db.AuditEntries.Where(e =>
            e.PersonId == me
            || sites.Any(s => s.Id == e.SiteId)
            || (
                e.SiteId == null
                && (
                    regions.Any(r => AuditSubjects.Region + r.Id == e.Subject)
                    || people.Any(g => g.PersonId == e.PersonId || AuditSubjects.Person + g.PersonId == e.Subject)
                    || (e.Subject == AuditSubjects.Server && regions.Any(r => r.ParentId == null))
                )
            )
        );
    }
}
