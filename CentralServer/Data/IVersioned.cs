namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// What two people may change at once. The version grows with every change that is saved, and a change of what was changed meanwhile is
/// refused by the database.
/// </summary>
public interface IVersioned
{
    /// <summary>1, 2, 3 …; forms carry the one that was shown.</summary>
    long Version { get; set; }
}
