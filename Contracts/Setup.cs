namespace BrightKitchen.Contracts;

/// <summary>A camera as the server's administrators see and set it.</summary>
/// <param name="Transport"><c>tcp</c> or <c>udp</c>.</param>
/// <param name="Reencode">Whether the box encodes the picture anew as H.264.</param>
/// <param name="Password">Only ever on the way to a box, where null keeps the one that the box has for this host and user; a box never
/// tells it.</param>
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

/// <summary>A rule on one camera.</summary>
/// <param name="Zone">Corners in shares of width and height, <c>"0.1,0.2 0.9,0.2 0.5,0.8"</c>; the whole picture where empty.</param>
/// <param name="Hours">Local stretches of the day, <c>"10:30-13:00"</c>; always where empty.</param>
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

/// <summary>What a box works by, as a whole.</summary>
/// <param name="TimeZone">IANA name.</param>
/// <param name="ClockSource"><c>machine</c> or <c>server</c>.</param>
public sealed record SiteSetup(string TimeZone, string ClockSource, IReadOnlyList<CameraSetup> Cameras, IReadOnlyList<RuleSetup> Rules);

/// <summary>A setup that the server wants a box to work by.</summary>
/// <param name="Revision">Rises with every order to this box.</param>
public sealed record SetupOrder(long Revision, SiteSetup Setup);

/// <summary>What a box works by, and what became of the newest order.</summary>
/// <param name="Version">The box's own count of changes, also of those made on its own page.</param>
/// <param name="Revision">The newest order that it took; 0 where it never had one.</param>
/// <param name="State">One of <see cref="SetupStates"/>.</param>
/// <param name="Refusal">Why the order is not in force, in words; null where it is.</param>
public sealed record SetupReport(long Version, long Revision, string State, string? Refusal, SiteSetup InForce);

/// <summary>What can become of an order.</summary>
public static class SetupStates
{
    public const string None = "none";

    /// <summary>In force, and watched whether the cameras come up with it.</summary>
    public const string OnTrial = "on-trial";
    public const string InForce = "in-force";
    public const string Refused = "refused";

    /// <summary>The box did not come up healthy with it and went back to the settings before.</summary>
    public const string RolledBack = "rolled-back";
}
