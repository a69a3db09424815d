using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Reports the evidence chain to the server, so that a later removal of entries on either side is detected.</summary>
internal sealed partial class ChainDelivery(EvidenceStore store, AgentClock clock, ILogger<ChainDelivery> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private ChainHead? kept;

    /// <summary>
    /// Asks the server, once per connection, for its newest entry. A server that does not support chains, or refuses this one, is not asked
    /// again on the same connection.
    /// </summary>
    public async Task BeginAsync(HubConnection hub, CancellationToken stop)
    {
        try
        {
            kept = await hub.InvokeAsync<ChainHead?>(nameof(IBoxHub.KeptChain), stop).WaitAsync(Patience, clock, stop);
        }
        catch (HubException e)
        {
            ChainRefused(e.Message);
            kept = null;
        }
    }

    /// <summary>Reports the next entries.</summary>
    /// <returns>Whether there were any.</returns>
    public async Task<bool> SendAsync(HubConnection hub, CancellationToken stop)
    {
        if (kept is null || kept == store.ChainHead)
            return false;
        var entries = store.ChainAfter(kept);
        if (entries.Count == 0)
            return false;
        try
        {
            var next = await hub.InvokeAsync<ChainHead>(nameof(IBoxHub.ReportChain), entries, stop).WaitAsync(Patience, clock, stop);
            // A server with more entries than this edge agent makes no progress: stop, or the same entries are sent repeatedly.
            kept = next == kept ? null : next;
            return true;
        }
        catch (HubException e)
        {
            ChainRefused(e.Message);
            kept = null;
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The server does not accept the evidence chain on this connection: {Reason}")]
    private partial void ChainRefused(string reason);
}
