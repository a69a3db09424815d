namespace BrightKitchen.CentralServer.Integration;

/// <summary>One page of a list.</summary>
/// <param name="Next">Give it as <c>after</c> for the next page; null on the last.</param>
public sealed record ApiList<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A kitchen under supervision.</summary>
/// <param name="Kind">school-canteen, restaurant, catering, meal-delivery.</param>
/// <param name="Grade">A to D by risk; null before it was worked out.</param>
/// <param name="Score">0 to 100 points of risk.</param>
public sealed record ApiSite(string Id, string Name, string Kind, string? RegionId, string TimeZone, string? Grade, int? Score);

/// <summary>What cameras noticed. Times are UTC.</summary>
/// <param name="Stage">notified, acknowledged, confirmed, dismissed, ordered, rectified, verified, closed.</param>
/// <param name="Tier">1 alarm at once, 2 by a deadline, 3 routine.</param>
/// <param name="DueAt">When the next step is due.</param>
/// <param name="Score">How sure the vote was, 0 to 1.</param>
/// <param name="Version">Grows with every decision; give it with a step, which is refused where somebody else decided meanwhile.</param>
/// <param name="StillSha256">Null until the still is here; the clip's likewise.</param>
public sealed record ApiFinding(
    string Id,
    string SiteId,
    string Camera,
    string Zone,
    string Kind,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt,
    string Stage,
    int Tier,
    int Level,
    DateTimeOffset? DueAt,
    DateTimeOffset? OverdueSince,
    float Score,
    string Models,
    string? StillSha256,
    string? ClipSha256,
    long Version
);

/// <summary>One step of a finding's life.</summary>
/// <param name="Person">The name at that time; empty for the system.</param>
public sealed record ApiStep(DateTimeOffset At, string Person, string Step, string From, string To, string Text, DateTimeOffset? DueAt);

/// <summary>A finding with its life.</summary>
public sealed record ApiFindingLife(ApiFinding Finding, IReadOnlyList<ApiStep> Steps);

/// <summary>A step to take.</summary>
/// <param name="Step">acknowledge, confirm, dismiss, order, return, verify, close, appeal, uphold, escalate, comment; what needs a picture
/// is done on the page.</param>
/// <param name="Text">Why, or what was done.</param>
/// <param name="DueAt">The deadline of an order.</param>
/// <param name="Version">The finding's version that you decided on; the step is refused (409, changed) where somebody else decided
/// meanwhile. Without it the stage alone decides.</param>
public sealed record ApiStepRequest(string Step, string? Text, DateTimeOffset? DueAt, long? Version = null);

/// <summary>A record that a kitchen keeps.</summary>
/// <param name="Kind">morning-check, menu, companion, sample, disinfection, temperature, waste, self-check-daily, self-check-weekly,
/// self-check-monthly.</param>
/// <param name="Values">Fields and values; numbers with a dot, yes or no.</param>
/// <param name="Alarming">Unfit for work, or a self-check that was not passed.</param>
public sealed record ApiRecord(
    string Id,
    string Kind,
    DateOnly Day,
    DateTimeOffset At,
    string Person,
    IReadOnlyDictionary<string, string> Values,
    string? Corrects,
    bool Alarming
);

/// <summary>A record to keep.</summary>
/// <param name="Values">As of <see cref="ApiRecord"/>; <c>staff</c> is the id of somebody of the list.</param>
/// <param name="Day">Today where it is null.</param>
public sealed record ApiRecordRequest(string Kind, IReadOnlyDictionary<string, string> Values, DateOnly? Day, string? Corrects);

/// <summary>Somebody who works in a kitchen.</summary>
public sealed record ApiStaff(string Id, string Name, string Job, DateOnly? CertificateUntil, DateOnly? TrainedOn);

/// <summary>A report from a parent; who it was is never told.</summary>
public sealed record ApiCase(
    string Id,
    string SiteId,
    string Text,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    string? HandedToRegionId,
    string? Answer,
    DateTimeOffset? AnsweredAt
);

/// <summary>Where events are posted to.</summary>
/// <param name="LastFault">Why the last try failed; null where it did not.</param>
public sealed record ApiWebhook(
    string Id,
    string Url,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DisabledAt,
    DateTimeOffset? DeliveredAt,
    int Failures,
    string? LastFault
);

/// <summary>A webhook to make.</summary>
public sealed record ApiWebhookRequest(string Url);

/// <summary>A webhook that was made.</summary>
/// <param name="Secret">Shown this once: what HMAC-SHA256 signs with.</param>
public sealed record ApiWebhookMade(string Id, string Secret);
