namespace BrightKitchen.VisionModels.Teaching;

/// <summary>One example that an installer showed.</summary>
/// <param name="State">What the zone is like on it: <c>open</c>, <c>closed</c>, …</param>
/// <param name="Occasion">Examples of one occasion (a burst of frames) look alike; they are never split between learning and
/// checking.</param>
/// <param name="Embedding">Of length 1, by <see cref="Embedder"/>.</param>
public sealed record ZoneExample(string State, string Occasion, IReadOnlyList<float> Embedding);
