using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>Findings whose evidence is held by law: nothing deletes it, here or on the box, until somebody releases it.</summary>
internal sealed class Holds(CentralDb db, SiteScope scope, AuditLog audit, IHubContext<BoxHub, IBoxClient> hub, TimeProvider time)
{
    public static async Task<IReadOnlyList<FindingId>> OfAsync(CentralDb db, string boxId, CancellationToken cancel) =>
        (await db.Findings.Where(f => f.BoxId == boxId && f.HeldAt != null).Select(f => f.Id).ToListAsync(cancel)).ConvertAll(id => FindingId.Parse(id, null));

    /// <summary>Holds or releases; a box that is not connected learns of it when it comes.</summary>
    /// <returns>False where the finding is not within the person's scope.</returns>
    public async Task<bool> SetAsync(FindingId id, bool held, string personId, CancellationToken cancel)
    {
        var box = "";
        var done = await audit.RecordAsync(
            async () =>
            {
                if (await scope.Findings.SingleOrDefaultAsync(f => f.Id == id.ToString(), cancel) is not { } finding)
                    return null;
                finding.HeldAt = held ? finding.HeldAt ?? time.GetUtcNow() : null;
                box = finding.BoxId;
                return new AuditNote(personId, held ? AuditActions.Hold : AuditActions.Release, finding.SiteId, $"finding/{id}");
            }, cancel);
        if (done)
            await hub.Clients.User(box).Hold(await OfAsync(db, box, cancel));
        return done;
    }
}
