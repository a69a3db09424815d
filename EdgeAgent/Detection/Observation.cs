using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>One followed thing on one frame.</summary>
/// <param name="Box">In shares of the frame's width and height (0–1).</param>
/// <param name="Verdicts">By classifier: what its votes over the newest seconds say.</param>
internal sealed record Sighting(long Track, string Label, float Score, BoxF Box, IReadOnlyDictionary<string, Verdict> Verdicts);

/// <summary>What the models saw on one frame; owns the frame.</summary>
internal sealed record Observation(Frame Frame, IReadOnlyList<Sighting> Sightings, IReadOnlyList<string> Models) : IDisposable
{
    public void Dispose() => Frame.Dispose();
}
