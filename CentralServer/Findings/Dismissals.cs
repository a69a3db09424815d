using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Reports to devices what was dismissed, so that they learn from it, and what was dismissed once and is not any more, so that they forget
/// it. One that is not connected learns of both when it connects, one that was not reached from <see cref="IListDelivery"/>. What is in
/// neither list changes nothing on the device.
/// </summary>
internal sealed class Dismissals(CentralDb db, IHubContext<BoxHub, IBoxClient> hub, Notifier notifier)
{
    private const int Most = 500;

    /// <summary>The newest dismissed ones, however old.</summary>
    public async Task<IReadOnlyList<FindingId>> OfAsync(string boxId, CancellationToken cancel)
    {
        var site = await SiteOfAsync(boxId, cancel);
        return Parsed(
            await db
                .Findings.Where(f => f.SiteId == site && f.Stage == Stages.Dismissed && f.BoxId == boxId)
                .OrderByDescending(f => f.OpenedAt)
                .Take(Most)
                .Select(f => f.Id)
                .ToListAsync(cancel)
        );
    }

    /// <summary>The newest that a step led out of the dismissal.</summary>
    public async Task<IReadOnlyList<FindingId>> TakenBackAsync(string boxId, CancellationToken cancel)
    {
        var (site, steps) = (await SiteOfAsync(boxId, cancel), db.FindingSteps);
        return Parsed(
            await db
                .Findings.Where(f =>
                    f.SiteId == site
                    && f.Stage != Stages.Dismissed
                    && f.BoxId == boxId
                    && steps.Any(s => s.FindingId == f.Id && s.From == Stages.Dismissed && s.To != Stages.Dismissed)
                )
                .OrderByDescending(f => f.OpenedAt)
                .Take(Most)
                .Select(f => f.Id)
                .ToListAsync(cancel)
        );
    }

    /// <summary>Best effort, after a commit.</summary>
    public async Task TellAsync(string boxId, CancellationToken cancel)
    {
        // Read first: what is sent may take longer than the request lives.
        var (dismissed, takenBack) = (await OfAsync(boxId, cancel), await TakenBackAsync(boxId, cancel));
        await notifier.SendAsync("dismissed", () => TellAsync(hub.Clients.User(boxId), dismissed, takenBack));
    }

    public static async Task TellAsync(IBoxClient box, IReadOnlyList<FindingId> dismissed, IReadOnlyList<FindingId> takenBack)
    {
        await box.Dismissed(dismissed);
        if (takenBack.Count > 0)
            await box.DismissalsTakenBack(takenBack);
    }

    // By the site's own index: a box alone has none.
    private Task<string?> SiteOfAsync(string boxId, CancellationToken cancel) =>
        db.Boxes.Where(b => b.Id == boxId).Select(b => b.SiteId).SingleOrDefaultAsync(cancel);

    private static List<FindingId> Parsed(List<string> ids) => ids.ConvertAll(id => FindingId.Parse(id, null));
}
