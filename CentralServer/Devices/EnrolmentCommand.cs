using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary><c>CentralServer enrolment-code [--site NAME [--region NAME]]</c>, or <c>kiosk-code …</c>: prints a one-time code, for who installs by the shell.</summary>
internal static class EnrolmentCommand
{
    public static async Task RunAsync(IServiceProvider services, string @for, string siteName, string? regionName)
    {
        var db = services.GetRequiredService<CentralDb>();
        // Made where it is not there; without a region only who is granted the site itself sees it.
        var site = await db.Sites.FirstOrDefaultAsync(s => s.Name == siteName)
            ?? await services.GetRequiredService<RegionTree>().AddSiteAsync(siteName, SiteKinds.SchoolCanteen, await db.Regions.FirstOrDefaultAsync(r => r.Name == regionName));

        Console.WriteLine(await services.GetRequiredService<Enrolment>().IssueAsync(site.Id, @for, CancellationToken.None));
    }
}
