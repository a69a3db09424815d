using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Review;

/// <summary>Tells boxes what was dismissed, so that they learn from it; one that is not connected learns of it when it comes.</summary>
internal sealed class Dismissals(CentralDb db, IHubContext<BoxHub, IBoxClient> hub, TimeProvider time)
{
    private const int Most = 500;
    private static readonly TimeSpan Lately = TimeSpan.FromDays(30);

    /// <summary>The newest of the last month.</summary>
    public async Task<IReadOnlyList<FindingId>> OfAsync(string boxId, CancellationToken cancel)
    {
        var since = time.GetUtcNow() - Lately;
        // By the site's own index: a box alone has none.
        var site = await db.Boxes.Where(b => b.Id == boxId).Select(b => b.SiteId).SingleOrDefaultAsync(cancel);
        return (await db.Findings.Where(f => f.SiteId == site && f.Stage == Stages.Dismissed && f.OpenedAt > since && f.BoxId == boxId).OrderByDescending(f => f.OpenedAt).Take(Most).Select(f => f.Id).ToListAsync(cancel))
            .ConvertAll(id => FindingId.Parse(id, null));
    }

    public async Task TellAsync(string boxId, CancellationToken cancel) => await hub.Clients.User(boxId).Dismissed(await OfAsync(boxId, cancel));
}
