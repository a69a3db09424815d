using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>The cameras that are being watched live.</summary>
internal interface ILiveSubscriptions
{
    /// <summary>Notifies an edge agent that has just connected which cameras to stream.</summary>
    Task ResendAsync(string box, IBoxClient client);
}
