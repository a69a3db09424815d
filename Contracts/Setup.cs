namespace BrightKitchen.Contracts;

/// <summary>A camera's settings, as the server's administrators see and change them.</summary>
/// <param name="Transport"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Reencode">Whether the edge agent transcodes the picture to H.264.</param>
/// <param name="Password">
/// Sent only from the server to an edge agent, where null keeps the stored password for this host and user; an edge agent never reports it.
/// </param>
public sealed record CameraSetup(
    string Id,
    string Name,
    string Url,
    string? SubUrl,
    string Transport,
    bool Reencode,
    string? User,
    string? Password
);

/// <summary>A rule for one camera.</summary>
/// <param name="Zone">
/// Polygon corners, normalised to width and height (0–1), <c>"0.1,0.2 0.9,0.2 0.5,0.8"</c>; empty for the whole picture.
/// </param>
/// <param name="Hours">Local times of day, <c>"10:30-13:00"</c>; empty for always.</param>
public sealed record RuleSetup(
    string Camera,
    string Kind,
    string ZoneName,
    string Zone,
    string Taught,
    IReadOnlyList<string> Hours,
    double DwellSeconds,
    double QuietSeconds
);

/// <summary>The complete settings of an edge agent.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="ClockSource"><c>machine</c> or <c>server</c>.</param>
public sealed record SiteSetup(string TimeZone, string ClockSource, IReadOnlyList<CameraSetup> Cameras, IReadOnlyList<RuleSetup> Rules);

/// <summary>A setup that the server orders an edge agent to apply.</summary>
/// <param name="Revision">Incremented with every order to this edge agent.</param>
public sealed record SetupOrder(long Revision, SiteSetup Setup);

/// <summary>An edge agent's settings in force and the state of the newest order.</summary>
/// <param name="Version">The edge agent's own change counter, which includes changes on its own page.</param>
/// <param name="Revision">The newest order received; 0 when there was none.</param>
/// <param name="State">One of <see cref="SetupStates"/>.</param>
/// <param name="Refusal">Why the order is not in force, as a sentence; null when it is.</param>
public sealed record SetupReport(long Version, long Revision, string State, string? Refusal, SiteSetup InForce);

/// <summary>The states of an order.</summary>
public static class SetupStates
{
    public const string None = "none";

    /// <summary>In force on trial, until the cameras prove to work with it.</summary>
    public const string OnTrial = "on-trial";
    public const string InForce = "in-force";
    public const string Refused = "refused";

    /// <summary>The edge agent was not healthy with the order and restored the previous settings.</summary>
    public const string RolledBack = "rolled-back";
}
