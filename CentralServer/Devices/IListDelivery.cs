using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Lists that are sent to edge agents repeatedly until they acknowledge them.</summary>
internal interface IListDelivery
{
    /// <summary>Sends all lists to an agent that has just connected.</summary>
    /// <param name="aborted">Cancelled when the connection ends.</param>
    Task BeginAsync(string connection, string boxId, string siteId, IBoxClient client, CancellationToken aborted);

    /// <summary>Records an agent's acknowledgement.</summary>
    void Acknowledge(string connection, TakenLists taken);
}
