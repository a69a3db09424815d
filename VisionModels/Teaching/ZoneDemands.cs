namespace BrightKitchen.VisionModels.Teaching;

/// <summary>What a zone must show before it may be armed.</summary>
/// <param name="Occasions">Occasions of each state, at least.</param>
/// <param name="Accuracy">Share of the sure answers that must be right, 0–1.</param>
/// <param name="Unsure">Share of examples that may stay unsure, 0–1.</param>
public sealed record ZoneDemands(int Occasions = 3, float Accuracy = 0.95f, float Unsure = 0.35f);
