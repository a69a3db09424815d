using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The result of analysing one frame; owns the frame.</summary>
/// <param name="Objects">Tracked objects, taught zones and the picture's health; boxes in shares of the picture (0–1).</param>
/// <param name="Models">Versions of the models.</param>
/// <param name="Looked">Whether the models ran; false for a frame that was skipped as still.</param>
internal sealed record Observation(Frame Frame, IReadOnlyList<TrackedObject> Objects, IReadOnlyList<string> Models, bool Looked = true)
    : IDisposable
{
    /// <summary>All detections, including those too weak for tracking; empty where the models did not run.</summary>
    public IReadOnlyList<RawDetection> RawDetections { get; init; } = [];

    public void Dispose() => Frame.Dispose();
}
