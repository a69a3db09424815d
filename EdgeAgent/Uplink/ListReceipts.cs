using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Acknowledges, per connection, which of the server's lists of findings were applied; the server resends the others.
/// </summary>
internal sealed class ListReceipts(HubConnection hub)
{
    private readonly Lock gate = new();
    private TakenLists taken = TakenLists.None;

    /// <summary>Also sent before anything is applied: it informs the server that this edge agent sends acknowledgements.</summary>
    // Does not wait for a response: a server of an earlier release does not know the method, and its error must not end the connection.
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
