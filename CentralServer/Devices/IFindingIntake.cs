using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Where the hub forwards findings to.</summary>
internal interface IFindingIntake
{
    /// <summary>Returns once it is stored.</summary>
    Task AcceptAsync(string boxId, string siteId, FindingReport report, CancellationToken cancel);
}
