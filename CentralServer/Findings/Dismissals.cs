using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Notifications;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Sends edge agents the dismissed findings, which they learn from, and the findings whose dismissal was revoked, which they must unlearn.
/// An agent that is not connected receives both lists when it connects; one that the message did not reach receives them from
/// <see cref="IListDelivery"/>. Findings in neither list change nothing on the agent.
/// </summary>
internal sealed class Dismissals(CentralDb db, IHubContext<BoxHub, IBoxClient> hub, Notifier notifier)
{
    private const int Most = 500;

    /// <summary>The newest dismissed findings, of any age.</summary>
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

    /// <summary>The newest findings that were dismissed and no longer are.</summary>
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

    /// <summary>Best effort; called after the commit.</summary>
    public async Task SendAsync(string boxId, CancellationToken cancel)
    {
        // Read before sending: sending may outlive the request and its database context.
        var (dismissed, takenBack) = (await OfAsync(boxId, cancel), await TakenBackAsync(boxId, cancel));
        await notifier.SendAsync("dismissed", () => SendAsync(hub.Clients.User(boxId), dismissed, takenBack));
    }

    public static async Task SendAsync(IBoxClient box, IReadOnlyList<FindingId> dismissed, IReadOnlyList<FindingId> takenBack)
    {
        await box.Dismissed(dismissed);
        if (takenBack.Count > 0)
            await box.DismissalsTakenBack(takenBack);
    }

    // Filters by site to use the index on SiteId; there is no index on BoxId alone.
    private Task<string?> SiteOfAsync(string boxId, CancellationToken cancel) =>
        db.Boxes.Where(b => b.Id == boxId).Select(b => b.SiteId).SingleOrDefaultAsync(cancel);

    private static List<FindingId> Parsed(List<string> ids) => ids.ConvertAll(id => FindingId.Parse(id, null));
}
