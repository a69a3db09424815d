namespace BrightKitchen.VisionModels;

/// <summary>One detected object on one frame.</summary>
/// <param name="Label">The model's class name.</param>
/// <param name="Score">0–1.</param>
/// <param name="Box">Bounding box in pixels of the input frame.</param>
public readonly record struct Detection(string Label, float Score, RectF Box);

/// <summary>A classifier's answer for one crop; unless it is <paramref name="Sure"/>, it must not be held against anyone.</summary>
/// <param name="Score">0–1.</param>
public readonly record struct Judgement(string Label, float Score, bool Sure);
