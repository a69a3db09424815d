using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Acknowledges over one connection which of the server's lists of findings were taken; what is not acknowledged the server sends again.
/// </summary>
internal sealed class ListReceipts(HubConnection hub)
{
    private readonly Lock gate = new();
    private TakenLists taken = TakenLists.None;

    /// <summary>Also before anything was taken: the server learns that this agent acknowledges.</summary>
    // Without waiting for an answer: a server of an earlier release does not know the call, and must not end the connection by it.
    public Task SendAsync(CancellationToken stop)
    {
        lock (gate)
            return hub.SendAsync(nameof(IBoxHub.ReportTaken), taken, stop);
    }

    public Task HeldAsync(IReadOnlyList<FindingId> held, CancellationToken stop) =>
        TookAsync(t => t with { Held = TakenLists.DigestOf(held) }, stop);

    public Task DismissedAsync(IReadOnlyList<FindingId> dismissed, CancellationToken stop) =>
        TookAsync(t => t with { Dismissed = TakenLists.DigestOf(dismissed) }, stop);

    public Task TakenBackAsync(IReadOnlyList<FindingId> takenBack, CancellationToken stop) =>
        TookAsync(t => t with { TakenBack = TakenLists.DigestOf(takenBack) }, stop);

    private Task TookAsync(Func<TakenLists, TakenLists> with, CancellationToken stop)
    {
        lock (gate)
            taken = with(taken);
        return SendAsync(stop);
    }
}
