using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>What was seen on one frame; owns the frame.</summary>
internal sealed record Observation(Frame Frame, IReadOnlyList<Sighting> Sightings, IReadOnlyList<string> Models) : IDisposable
{
    public void Dispose() => Frame.Dispose();
}
