using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>Findings whose evidence is held by law: nothing deletes it, here or on the box, until somebody releases it.</summary>
internal sealed partial class Holds(CentralDb db, IHubContext<BoxHub, IBoxClient> hub, TimeProvider time, ILogger<Holds> logger)
{
    public static async Task<IReadOnlyList<FindingId>> OfAsync(CentralDb db, string boxId, CancellationToken cancel) =>
        (await db.Findings.Where(f => f.BoxId == boxId && f.HeldAt != null).Select(f => f.Id).ToListAsync(cancel)).ConvertAll(id => FindingId.Parse(id, null));

    /// <summary>Holds or releases; a box that is not connected learns of it when it comes.</summary>
    /// <param name="finding">Loaded within the caller's scope.</param>
    public async Task SetAsync(Finding finding, bool held, CancellationToken cancel)
    {
        finding.HeldAt = held ? finding.HeldAt ?? time.GetUtcNow() : null;
        await db.SaveChangesAsync(cancel);
        Held(finding.Id, held);
        await hub.Clients.User(finding.BoxId).Hold(await OfAsync(db, finding.BoxId, cancel));
    }

    [LoggerMessage(LogLevel.Information, "Finding {Finding} is held: {Held}")]
    private partial void Held(string finding, bool held);
}
