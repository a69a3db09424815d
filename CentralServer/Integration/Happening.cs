namespace BrightKitchen.CentralServer.Integration;

/// <summary>What happened, as it is told to other systems. The same one may come twice: its id is the same then.</summary>
/// <param name="Id">Such as <c>finding-step-17</c>.</param>
/// <param name="Type">Such as <c>finding.confirm</c> or <c>case.answer</c>; <c>finding.notify</c> is a new finding.</param>
public sealed record Happening(
    string Id,
    string Type,
    DateTimeOffset At,
    string SiteId,
    string SiteName,
    ApiFinding? Finding,
    ApiCase? Case
);
