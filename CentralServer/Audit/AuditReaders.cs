using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>Which lines of the audit log a person may read.</summary>
internal static class AuditReaders
{
    /// <summary>
    /// Lines of one's own sites and one's own doing; and of lines without a site those about a region of one's own, about or by people who
    /// were granted something within one's regions (made, granted, signed in, tokens), and, for a city, those about the server.
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
