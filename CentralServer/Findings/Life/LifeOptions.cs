using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Findings.Life;

/// <summary>How long each stage may take, from the section <c>Life</c>.</summary>
public sealed class LifeOptions
{
    /// <summary>Until the kitchen says what it does.</summary>
    public TimeSpan PlanWithin { get; set; } = TimeSpan.FromHours(2);

    /// <summary>The same for findings of the first tier.</summary>
    public TimeSpan UrgentPlanWithin { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Until an inspector decides, and orders what was confirmed.</summary>
    public TimeSpan DecideWithin { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What an order gives where nothing else is said, and how long its check may take.</summary>
    public TimeSpan RectifyWithin { get; set; } = TimeSpan.FromHours(72);

    /// <summary>From one level of authority to the next.</summary>
    public TimeSpan EscalateEvery { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The same for findings of the first tier.</summary>
    public TimeSpan UrgentEscalateEvery { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Kinds of the first tier: an alarm at once.</summary>
    public IReadOnlyList<string> FirstTier { get; set; } = [FindingKinds.Rodent, FindingKinds.FireUnattended];

    /// <summary>Kinds of the second tier: to be put right by a deadline. Everything else is routine.</summary>
    public IReadOnlyList<string> SecondTier { get; set; } =
    [FindingKinds.Smoking, FindingKinds.BinOpen, FindingKinds.UncoveredFood, FindingKinds.Intrusion];

    public int TierOf(string kind) =>
        FirstTier.Contains(kind) ? 1
        : SecondTier.Contains(kind) ? 2
        : 3;

    /// <summary>When the next step is due; null where nothing is.</summary>
    /// <param name="ordered">The deadline of an order.</param>
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

    /// <summary>What is wrong in it, each with the key first.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            Setting.Span(nameof(PlanWithin), PlanWithin),
            Setting.Span(nameof(UrgentPlanWithin), UrgentPlanWithin),
            Setting.Span(nameof(DecideWithin), DecideWithin),
            Setting.Span(nameof(RectifyWithin), RectifyWithin),
            Setting.Span(nameof(EscalateEvery), EscalateEvery),
            Setting.Span(nameof(UrgentEscalateEvery), UrgentEscalateEvery),
            FirstTier.Intersect(SecondTier).FirstOrDefault() is { } both ? $"SecondTier names '{both}', which is in FirstTier too" : null,
        ];
}
