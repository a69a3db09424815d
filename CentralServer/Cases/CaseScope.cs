using BrightKitchen.CentralServer.Sites;

namespace BrightKitchen.CentralServer.Cases;

internal static class CaseScope
{
    extension(SiteScope scope)
    {
        /// <summary>Cases of the person's sites, and those handed over to an authority within the person's regions.</summary>
        public IQueryable<FeedbackCase> Cases
        {
            get
            {
                var (sites, regions) = (scope.Sites, scope.Regions);
                return scope.Db.Cases.Where(c => sites.Any(s => s.Id == c.SiteId) || regions.Any(r => r.Id == c.HandedToRegionId));
            }
        }
    }
}
