namespace BrightKitchen.CentralServer.Devices;

/// <summary>A fault that an edge agent reports about itself.</summary>
/// <param name="Id">Id of the finding that reports it.</param>
internal sealed record DeviceFault(string Id, string BoxId, string Kind);

/// <summary>The edge agents' open faults.</summary>
internal interface IDeviceFaults
{
    /// <summary>Those of the signed-in person's sites, newest first.</summary>
    Task<List<DeviceFault>> OpenAsync(int most, CancellationToken cancel);
}
