using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Receives the entries of an edge agent's evidence chain from the hub.</summary>
internal interface IChainIntake
{
    /// <summary>The last stored entry.</summary>
    Task<ChainHead> HeadAsync(string boxId, CancellationToken cancel);

    /// <exception cref="InvalidDataException">An entry does not belong to this edge agent; no entry of the call was stored.</exception>
    Task<ChainHead> AcceptAsync(string boxId, IReadOnlyList<string> entries, CancellationToken cancel);

    /// <summary>
    /// Number of stored entries of an edge agent, and the number of the first entry that breaks its chain; null if the chain is intact.
    /// </summary>
    Task<(int Entries, long? Broken)> StateAsync(string boxId, CancellationToken cancel);
}
