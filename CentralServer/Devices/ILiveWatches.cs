using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Which cameras somebody watches now.</summary>
internal interface ILiveWatches
{
    /// <summary>Tells a box that connects anew what it must send.</summary>
    Task TellAsync(string box, IBoxClient client);
}
