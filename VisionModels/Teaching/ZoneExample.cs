namespace BrightKitchen.VisionModels.Teaching;

/// <summary>One training example recorded by an installer.</summary>
/// <param name="State">State of the zone: <c>open</c>, <c>closed</c>, …</param>
/// <param name="Occasion">Group of the example. Examples of one occasion (a burst of frames) look alike; they are never split between
/// training and validation.</param>
/// <param name="Embedding">Vector of length 1, computed by <see cref="Embedder"/>.</param>
public sealed record ZoneExample(string State, string Occasion, IReadOnlyList<float> Embedding);
