using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>What a rule looks at.</summary>
/// <param name="Label">The detector's class.</param>
/// <param name="Attribute">The classifier that is asked about it; null where being there is the violation.</param>
/// <param name="Violation">The classifier's class that violates.</param>
/// <param name="AtFeet">The foot of the box must stand in the zone, not its middle.</param>
internal sealed record RuleKind(string Label, string? Attribute, string? Violation, bool AtFeet)
{
    /// <summary>The kinds that the shipped models support.</summary>
    public static IReadOnlyDictionary<string, RuleKind> All { get; } = new Dictionary<string, RuleKind>
    {
        [FindingKinds.NoMask] = new("face", "face", "bare", false),
        [FindingKinds.Intrusion] = new("person", null, null, true),
    };
}
