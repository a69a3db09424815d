using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>The lists that edge agents are sent until they acknowledge them.</summary>
internal interface IListDelivery
{
    /// <summary>Sends an agent that has just connected all lists.</summary>
    /// <param name="aborted">Ends with the connection.</param>
    Task BeginAsync(string connection, string boxId, string siteId, IBoxClient client, CancellationToken aborted);

    /// <summary>What an agent acknowledges.</summary>
    void Took(string connection, TakenLists taken);
}
