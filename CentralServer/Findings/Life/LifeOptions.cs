using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Findings.Life;

/// <summary>Deadlines of the workflow's stages and the tier of each kind of finding; the section <c>Life</c>.</summary>
public sealed class LifeOptions
{
    /// <summary>Time for the kitchen to answer with a plan; 2 hours by default.</summary>
    public TimeSpan PlanWithin { get; set; } = TimeSpan.FromHours(2);

    /// <summary>As <see cref="PlanWithin"/>, for findings of tier 1; 15 minutes by default.</summary>
    public TimeSpan UrgentPlanWithin { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Time for an inspector to decide, and to order rectification of a confirmed finding; 24 hours by default.</summary>
    public TimeSpan DecideWithin { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Default deadline of an order, and time for its verification; 72 hours by default.</summary>
    public TimeSpan RectifyWithin { get; set; } = TimeSpan.FromHours(72);

    /// <summary>Time between two levels of escalation; 24 hours by default.</summary>
    public TimeSpan EscalateEvery { get; set; } = TimeSpan.FromHours(24);

    /// <summary>As <see cref="EscalateEvery"/>, for findings of tier 1; 1 hour by default.</summary>
    public TimeSpan UrgentEscalateEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Kinds of tier 1: immediate alarm.</summary>
    public IReadOnlyList<string> FirstTier { get; set; } = [FindingKinds.Rodent, FindingKinds.FireUnattended];

    /// <summary>Kinds of tier 2: to be rectified by a deadline. All other kinds are tier 3, routine.</summary>
    public IReadOnlyList<string> SecondTier { get; set; } =
    [FindingKinds.Smoking, FindingKinds.BinOpen, FindingKinds.UncoveredFood, FindingKinds.Intrusion];

    public int TierOf(string kind) =>
        FirstTier.Contains(kind) ? 1
        : SecondTier.Contains(kind) ? 2
        : 3;

    /// <summary>When the next step is due; null if no step is pending.</summary>
    /// <param name="ordered">The deadline given in an order.</param>
    public DateTimeOffset? DueAt(string stage, int tier, DateTimeOffset now, DateTimeOffset? ordered = null) =>
        stage switch
        {
            Stages.Notified => now + (tier == 1 ? UrgentPlanWithin : PlanWithin),
            Stages.Acknowledged or Stages.Confirmed => now + DecideWithin,
            Stages.Ordered => ordered ?? now + RectifyWithin,
            Stages.Rectified or Stages.Verified => now + RectifyWithin,
            _ => null,
        };

    public TimeSpan EscalationPause(int tier) => tier == 1 ? UrgentEscalateEvery : EscalateEvery;

    /// <summary>Errors in the settings, each starting with the key; null for a valid setting.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            Setting.Span(nameof(PlanWithin), PlanWithin),
            Setting.Span(nameof(UrgentPlanWithin), UrgentPlanWithin),
            Setting.Span(nameof(DecideWithin), DecideWithin),
            Setting.Span(nameof(RectifyWithin), RectifyWithin),
            Setting.Span(nameof(EscalateEvery), EscalateEvery),
            Setting.Span(nameof(UrgentEscalateEvery), UrgentEscalateEvery),
            FirstTier.Intersect(SecondTier).FirstOrDefault() is { } both
                ? $"SecondTier contains '{both}', which is also in FirstTier: remove it from one of them"
                : null,
        ];
}
