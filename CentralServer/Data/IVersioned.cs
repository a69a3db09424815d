namespace BrightKitchen.CentralServer.Data;

/// <summary>
/// A row that two people may change concurrently. The version is incremented with every saved change and serves as concurrency token: the
/// database rejects a change that is based on an outdated version.
/// </summary>
public interface IVersioned
{
    /// <summary>Starts at 1; forms carry the version that was shown.</summary>
    long Version { get; set; }
}
