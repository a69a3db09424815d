using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>What was seen on one frame; owns the frame.</summary>
/// <param name="Looked">Whether the models looked at it, or its stillness spared it.</param>
internal sealed record Observation(Frame Frame, IReadOnlyList<TrackedObject> Objects, IReadOnlyList<string> Models, bool Looked = true)
    : IDisposable
{
    /// <summary>Everything that was found, also what is too weak to be followed; empty where the models did not look.</summary>
    public IReadOnlyList<RawDetection> RawDetections { get; init; } = [];

    public void Dispose() => Frame.Dispose();
}
