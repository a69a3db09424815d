namespace BrightKitchen.CentralServer.Devices;

/// <summary>What a box says is wrong with itself.</summary>
/// <param name="Id">The finding's that tells of it.</param>
internal sealed record DeviceTrouble(string Id, string BoxId, string Kind);

/// <summary>The boxes' own troubles that are not over.</summary>
internal interface IDeviceTroubles
{
    /// <summary>Those of the signed-in person's sites, the newest first.</summary>
    Task<List<DeviceTrouble>> OpenAsync(int most, CancellationToken cancel);
}
