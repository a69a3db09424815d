using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Receives findings from the hub.</summary>
internal interface IFindingIntake
{
    /// <summary>Returns once the finding is stored.</summary>
    Task AcceptAsync(string boxId, string siteId, FindingReport report, CancellationToken cancel);
}
