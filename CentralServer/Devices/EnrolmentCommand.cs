using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary><c>CentralServer enrolment-code [--site NAME]</c>: prints a one-time code, for who installs by the shell.</summary>
internal static class EnrolmentCommand
{
    public static async Task RunAsync(IServiceProvider services, string siteName)
    {
        var db = services.GetRequiredService<CentralDb>();
        var site = await db.Sites.FirstOrDefaultAsync(s => s.Name == siteName);
        if (site is null)
        {
            site = await services.GetRequiredService<RegionTree>().AddSiteAsync(siteName, SiteKinds.SchoolCanteen, await db.Regions.FirstOrDefaultAsync(r => r.Name == siteName));
        }

        Console.WriteLine(await services.GetRequiredService<Enrolment>().IssueAsync(site.Id, CancellationToken.None));
    }
}
