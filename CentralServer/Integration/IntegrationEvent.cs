namespace BrightKitchen.CentralServer.Integration;

/// <summary>An event as published to other systems. Delivery is at least once; a repeated event has the same id.</summary>
/// <param name="Id">For example <c>finding-step-17</c>.</param>
/// <param name="Type">For example <c>finding.confirm</c> or <c>case.answer</c>; <c>finding.notify</c> is a new finding.</param>
public sealed record IntegrationEvent(
    string Id,
    string Type,
    DateTimeOffset At,
    string SiteId,
    string SiteName,
    ApiFinding? Finding,
    ApiCase? Case
);
