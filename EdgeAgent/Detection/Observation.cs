using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>What was seen on one frame; owns the frame.</summary>
/// <param name="Looked">Whether the models looked at it, or its stillness spared it.</param>
internal sealed record Observation(Frame Frame, IReadOnlyList<Sighting> Sightings, IReadOnlyList<string> Models, bool Looked = true) : IDisposable
{
    public void Dispose() => Frame.Dispose();
}
