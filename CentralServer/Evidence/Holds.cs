using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>Findings whose evidence is held by law: nothing deletes it, here or on the box, until somebody releases it.</summary>
internal sealed class Holds(
    CentralDb db,
    SiteScope scope,
    AuditLog audit,
    IHubContext<BoxHub, IBoxClient> hub,
    Notifier notifier,
    TimeProvider time
)
{
    // By the site's own index: a box alone has none.
    public static async Task<IReadOnlyList<FindingId>> OfAsync(CentralDb db, string boxId, string siteId, CancellationToken cancel) =>
        (
            await db.Findings.Where(f => f.SiteId == siteId && f.BoxId == boxId && f.HeldAt != null).Select(f => f.Id).ToListAsync(cancel)
        ).ConvertAll(id => FindingId.Parse(id, null));

    /// <summary>
    /// Holds or releases. An edge agent that is not connected learns of it when it connects; one that is and was not reached, from
    /// <see cref="IListDelivery"/>.
    /// </summary>
    /// <returns>False where the finding is not within the person's scope.</returns>
    public async Task<bool> SetAsync(FindingId id, bool held, string personId, CancellationToken cancel)
    {
        var (box, site) = ("", "");
        var done = await audit.RecordAsync(
            async () =>
            {
                if (await (await scope.FindingsAsync(cancel)).SingleOrDefaultAsync(f => f.Id == id.ToString(), cancel) is not { } finding)
                    return null;
                finding.HeldAt = held ? finding.HeldAt ?? time.GetUtcNow() : null;
                (box, site) = (finding.BoxId, finding.SiteId);
                return new AuditNote(personId, held ? AuditActions.Hold : AuditActions.Release, finding.SiteId, $"finding/{id}");
            },
            cancel
        );
        if (done)
        {
            // Read first: what is sent may take longer than the request lives.
            var all = await OfAsync(db, box, site, cancel);
            await notifier.SendAsync("hold", () => hub.Clients.User(box).Hold(all));
        }

        return done;
    }
}
