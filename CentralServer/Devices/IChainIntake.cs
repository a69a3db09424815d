using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Where the hub forwards entries of a box's chain of evidence to.</summary>
internal interface IChainIntake
{
    /// <summary>The last entry that is here.</summary>
    Task<ChainHead> HeadAsync(string boxId, CancellationToken cancel);

    /// <exception cref="InvalidDataException">An entry is not this box's; nothing of the call was kept.</exception>
    Task<ChainHead> AcceptAsync(string boxId, IReadOnlyList<string> entries, CancellationToken cancel);

    /// <summary>
    /// How many entries of a box are here, and the number of the first that breaks its chain; null where it holds together.
    /// </summary>
    Task<(int Entries, long? Broken)> StateAsync(string boxId, CancellationToken cancel);
}
