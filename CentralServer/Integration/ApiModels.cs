namespace BrightKitchen.CentralServer.Integration;

/// <summary>One page of a list.</summary>
/// <param name="Next">Pass it as <c>after</c> for the next page; null on the last.</param>
public sealed record ApiList<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A kitchen under supervision.</summary>
/// <param name="Kind">school-canteen, restaurant, catering, meal-delivery.</param>
/// <param name="Grade">Risk grade, A to D; null before it was calculated.</param>
/// <param name="Score">Risk score, 0 to 100.</param>
public sealed record ApiSite(string Id, string Name, string Kind, string? RegionId, string TimeZone, string? Grade, int? Score);

/// <summary>A finding from a camera. Times are UTC.</summary>
/// <param name="Stage">notified, acknowledged, confirmed, dismissed, ordered, rectified, verified, closed.</param>
/// <param name="Tier">1 immediate alarm, 2 by a deadline, 3 routine.</param>
/// <param name="DueAt">When the next step is due.</param>
/// <param name="Score">Confidence of the vote, 0 to 1.</param>
/// <param name="Version">Grows with every decision; pass it with a step, which is refused if another user has decided meanwhile.</param>
/// <param name="StillSha256">Null until the still has been uploaded; likewise for the clip.</param>
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

/// <summary>One step in a finding's workflow.</summary>
/// <param name="Person">The person's name at that time; empty for the system.</param>
public sealed record ApiStep(DateTimeOffset At, string Person, string Step, string From, string To, string Text, DateTimeOffset? DueAt);

/// <summary>A finding with its steps.</summary>
public sealed record ApiFindingLife(ApiFinding Finding, IReadOnlyList<ApiStep> Steps);

/// <summary>A step to take.</summary>
/// <param name="Step">acknowledge, confirm, dismiss, order, return, verify, close, appeal, uphold, escalate, comment; steps that need a
/// picture are taken on the finding's page.</param>
/// <param name="Text">The reason, or what was done.</param>
/// <param name="DueAt">The deadline of an order.</param>
/// <param name="Version">The finding's version that the decision is based on; the step is refused (409, changed) if another user has
/// decided meanwhile. Without it only the stage is checked.</param>
public sealed record ApiStepRequest(string Step, string? Text, DateTimeOffset? DueAt, long? Version = null);

/// <summary>A record of a kitchen.</summary>
/// <param name="Kind">morning-check, menu, companion, sample, disinfection, temperature, waste, self-check-daily, self-check-weekly,
/// self-check-monthly.</param>
/// <param name="Values">Fields and values; numbers with a decimal point, yes or no.</param>
/// <param name="Alarming">Whether a person is unfit for work or a self-check failed.</param>
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

/// <summary>A record to save.</summary>
/// <param name="Values">As in <see cref="ApiRecord"/>; <c>staff</c> is the id of a member of staff from the site's list.</param>
/// <param name="Day">Null for today.</param>
public sealed record ApiRecordRequest(string Kind, IReadOnlyDictionary<string, string> Values, DateOnly? Day, string? Corrects);

/// <summary>A member of a kitchen's staff.</summary>
public sealed record ApiStaff(string Id, string Name, string Job, DateOnly? CertificateUntil, DateOnly? TrainedOn);

/// <summary>A report from a parent or visitor; its author is never published.</summary>
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

/// <summary>A receiver of events.</summary>
/// <param name="LastFault">Why the last attempt failed; null if it succeeded.</param>
public sealed record ApiWebhook(
    string Id,
    string Url,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DisabledAt,
    DateTimeOffset? DeliveredAt,
    int Failures,
    string? LastFault
);

/// <summary>A webhook to create.</summary>
public sealed record ApiWebhookRequest(string Url);

/// <summary>A webhook that was created.</summary>
/// <param name="Secret">The HMAC-SHA256 key of the signatures; shown only this once.</param>
public sealed record ApiWebhookMade(string Id, string Secret);
