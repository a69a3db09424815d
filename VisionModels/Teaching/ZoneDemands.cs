namespace BrightKitchen.VisionModels.Teaching;

/// <summary>Requirements that a zone must meet to be armed.</summary>
/// <param name="Occasions">Minimum number of occasions per state.</param>
/// <param name="Accuracy">Minimum share of correct answers among the sure ones, 0–1.</param>
/// <param name="Unsure">Maximum share of examples without a sure answer, 0–1.</param>
public sealed record ZoneDemands(int Occasions = 3, float Accuracy = 0.95f, float Unsure = 0.35f);
