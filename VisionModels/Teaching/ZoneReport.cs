namespace BrightKitchen.VisionModels.Teaching;

/// <summary>How well a zone's states can be distinguished, by leaving out one occasion at a time.</summary>
/// <param name="Examples">Number of examples; each is predicted by a classifier trained without its occasion.</param>
/// <param name="Accuracy">Share of correct answers among the sure ones, 0–1.</param>
/// <param name="Unsure">Share of examples without a sure answer, 0–1.</param>
/// <param name="Refusal">Why the zone must not be armed, and what to do; null where it may be.</param>
public sealed record ZoneReport(int Examples, float Accuracy, float Unsure, string? Refusal);
