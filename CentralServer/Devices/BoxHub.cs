using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>SignalR hub that edge agents report to; the return of a call is its acknowledgement.</summary>
[Authorize(BoxAuthentication.Policy)]
internal sealed class BoxHub(
    CentralDb db,
    IFindingIntake intake,
    IChainIntake chain,
    SetupService setups,
    ILiveSubscriptions subscriptions,
    IListDelivery lists,
    TimeProvider time
) : Hub<IBoxClient>, IBoxHub
{
    private const int MostCameras = 64;
    private const int LongestDigest = 64;
    private static readonly TimeSpan SeenEvery = TimeSpan.FromSeconds(10);

    private string BoxId => Context.UserIdentifier!;

    private string SiteId => Context.User!.FindFirst(BoxAuthentication.SiteClaim)!.Value;

    public override async Task OnConnectedAsync()
    {
        await SeenAsync();
        await subscriptions.ResendAsync(BoxId, Clients.Caller);
        await lists.BeginAsync(Context.ConnectionId, BoxId, SiteId, Clients.Caller, Context.ConnectionAborted);
        await base.OnConnectedAsync();
    }

    public async Task ReportFinding(FindingReport finding)
    {
        if (finding is null || finding.Fault() is { } fault && fault.Length > 0)
            throw new HubException($"The finding cannot be accepted: {finding?.Fault() ?? "it is empty"}.");
        await SeenAsync();
        await intake.AcceptAsync(BoxId, SiteId, finding, Context.ConnectionAborted);
    }

    public async Task ReportCameras(IReadOnlyList<CameraHealth> cameras)
    {
        if (cameras is null or { Count: > MostCameras } || cameras.Any(c => c is null || c.Camera == default))
            throw new HubException($"The cameras cannot be accepted: at most {MostCameras} are allowed, each with an id.");
        await SeenAsync();
        var known = await db.Cameras.Where(c => c.BoxId == BoxId).ToDictionaryAsync(c => c.Id);
        db.Cameras.RemoveRange(known.Values.Where(k => cameras.All(c => c.Camera.Value != k.Id)));
        foreach (var camera in cameras)
        {
            if (!known.TryGetValue(camera.Camera.Value, out var row))
                db.Cameras.Add(row = new Camera { BoxId = BoxId, Id = camera.Camera.Value });
            (row.Name, row.State, row.Detail, row.Since) = (Short(camera.Name), Short(camera.State), Short(camera.Detail), camera.Since);
        }

        await db.SaveChangesAsync();
    }

    public async Task ReportSetup(SetupReport report)
    {
        if (
            report?.InForce is null
            || report.State is null
            || SetupService.Fault(report.InForce) is not null
            || report.Refusal is { Length: > 4000 }
        )
            throw new HubException("The setup cannot be accepted: it is incomplete or too large.");
        await SeenAsync();
        if (await setups.ReportedAsync(BoxId, report) is { } order)
            await Clients.Caller.Setup(order);
    }

    public Task<ChainHead> KeptChain() => chain.HeadAsync(BoxId, Context.ConnectionAborted);

    public async Task<ChainHead> ReportChain(IReadOnlyList<string> entries)
    {
        if (entries is null or { Count: > ChainHead.MostAtOnce })
            throw new HubException($"The chain cannot be accepted: at most {ChainHead.MostAtOnce} entries are allowed per call.");
        await SeenAsync();
        try
        {
            return await chain.AcceptAsync(BoxId, entries, Context.ConnectionAborted);
        }
        catch (InvalidDataException e)
        {
            throw new HubException($"The chain cannot be accepted: {e.Message}.");
        }
    }

    public Task ReportTaken(TakenLists taken)
    {
        if (taken is not { Held.Length: <= LongestDigest, Dismissed.Length: <= LongestDigest, TakenBack.Length: <= LongestDigest })
            throw new HubException("The digests of the lists cannot be accepted: each must be a SHA-256 in hexadecimal, or empty.");
        lists.Acknowledge(Context.ConnectionId, taken);
        return Task.CompletedTask;
    }

    private static string Short(string? text) =>
        text is null ? ""
        : text.Length > FindingReport.LongestText ? text[..FindingReport.LongestText]
        : text;

    // Ends the connection of an edge agent that was revoked after it connected, at its next call. LastSeenAt is written at most every 10 s,
    // so that not every call costs a write.
    private async Task SeenAsync()
    {
        var now = time.GetUtcNow();
        var box = await db.Boxes.Where(b => b.Id == BoxId && b.RevokedAt == null).Select(b => new { b.LastSeenAt }).SingleOrDefaultAsync();
        if (box is null)
        {
            Context.Abort();
            throw new HubException("This edge agent was revoked.");
        }

        if (box.LastSeenAt is null || now - box.LastSeenAt > SeenEvery)
            await StorageUnavailable.TryWriteAsync(() =>
                db.Boxes.Where(b => b.Id == BoxId).ExecuteUpdateAsync(b => b.SetProperty(x => x.LastSeenAt, now))
            );
    }
}
