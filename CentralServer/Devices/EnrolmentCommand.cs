using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>
/// <c>CentralServer enrolment-code [--site NAME [--region NAME]]</c>, or <c>kiosk-code …</c>: prints a single-use code, for installers who
/// work in the shell.
/// </summary>
internal static class EnrolmentCommand
{
    /// <returns>Exit code: 0, or 2 if the region is unknown.</returns>
    public static async Task<int> RunAsync(IServiceProvider services, string @for, string siteName, string? regionName)
    {
        var db = services.GetRequiredService<CentralDb>();
        var region = regionName is null ? null : await db.Regions.FirstOrDefaultAsync(r => r.Name == regionName);
        if (regionName is not null && region is null)
        {
            var known = await db.Regions.OrderBy(r => r.Path).Select(r => r.Name).Take(50).ToListAsync();
            await Console.Error.WriteLineAsync(
                $"There is no region '{regionName}'; no code was issued. The regions are: {string.Join(", ", known)}."
            );
            return 2;
        }

        // A site that does not exist is created; without a region only people who are granted the site itself can see it.
        var sites = db.Sites.Where(s => s.Name == siteName);
        var site = await (region is null ? sites : sites.Where(s => s.RegionId == region.Id)).FirstOrDefaultAsync()
            ?? await services.GetRequiredService<RegionTree>().AddSiteAsync(siteName, SiteKinds.SchoolCanteen, region);
        Console.WriteLine(await services.GetRequiredService<Enrolment>().IssueAsync(site.Id, @for, CancellationToken.None));
        return 0;
    }
}
