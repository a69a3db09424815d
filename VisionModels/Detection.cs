namespace BrightKitchen.VisionModels;

/// <summary>One thing on one frame.</summary>
/// <param name="Label">The model's class name.</param>
/// <param name="Score">0–1.</param>
/// <param name="Box">Pixels of the frame that was given.</param>
public readonly record struct Detection(string Label, float Score, RectF Box);

/// <summary>What a classifier says of one crop; where it is not <paramref name="Sure"/> it accuses nobody.</summary>
public readonly record struct Judgement(string Label, float Score, bool Sure);
