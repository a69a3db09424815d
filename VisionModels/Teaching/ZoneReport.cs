namespace BrightKitchen.VisionModels.Teaching;

/// <summary>How well a zone's states can be told apart, by leaving one occasion after the other out.</summary>
/// <param name="Examples">Examples that were predicted by what was learnt without their occasion.</param>
/// <param name="Accuracy">The share of the sure answers that are right, 0–1.</param>
/// <param name="Unsure">The share of the examples that got no sure answer, 0–1.</param>
/// <param name="Refusal">Why the zone must not be armed, and what to do; null where it may be.</param>
public sealed record ZoneReport(int Examples, float Accuracy, float Unsure, string? Refusal);
