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

/// <summary>Findings whose evidence is under legal hold: it is deleted neither here nor on the edge agent until it is released.</summary>
internal sealed class Holds(
    CentralDb db,
    SiteScope scope,
    AuditLog audit,
    IHubContext<BoxHub, IBoxClient> hub,
    Notifier notifier,
    TimeProvider time
)
{
    // Filters by site to use the index on SiteId; there is no index on BoxId alone.
    public static async Task<IReadOnlyList<FindingId>> OfAsync(CentralDb db, string boxId, string siteId, CancellationToken cancel) =>
        (
            await db.Findings.Where(f => f.SiteId == siteId && f.BoxId == boxId && f.HeldAt != null).Select(f => f.Id).ToListAsync(cancel)
        ).ConvertAll(id => FindingId.Parse(id, null));

    /// <summary>
    /// Holds or releases the evidence. An edge agent that is not connected is notified when it connects; one that the message did not reach
    /// is notified by <see cref="IListDelivery"/>.
    /// </summary>
    /// <returns>False if the finding is outside the caller's scope.</returns>
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
            // Read before sending: sending may outlive the request and its database context.
            var all = await OfAsync(db, box, site, cancel);
            await notifier.SendAsync("hold", () => hub.Clients.User(box).Hold(all));
        }

        return done;
    }
}
