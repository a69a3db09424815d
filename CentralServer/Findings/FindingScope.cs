using BrightKitchen.CentralServer.Sites;

namespace BrightKitchen.CentralServer.Findings;

internal static class FindingScope
{
    extension(SiteScope scope)
    {
        /// <summary>The findings of the signed-in person's sites.</summary>
        public async Task<IQueryable<Finding>> FindingsAsync(CancellationToken cancel = default)
        {
            var (sites, ids) = (scope.Sites, await scope.NamedSitesAsync(cancel));
            return ids is not null
                ? scope.Db.Findings.Where(f => ids.Contains(f.SiteId))
                : scope.Db.Findings.Where(f => sites.Any(s => s.Id == f.SiteId));
        }
    }
}
