using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.VisionModels.Scenes;

/// <summary>One followed thing on one frame.</summary>
/// <param name="Track">Unique in the process; 0 of what is not followed.</param>
/// <param name="Label">The detector's class.</param>
/// <param name="Score">Of the detector, 0–1.</param>
/// <param name="Box">In shares of the frame's width and height (0–1).</param>
/// <param name="VoteResults">By classifier: what its sure votes over the newest seconds say.</param>
public sealed record TrackedObject(long Track, string Label, float Score, RectF Box, IReadOnlyDictionary<string, VoteResult> VoteResults);

/// <summary>Something that the detector found on one frame, however weakly.</summary>
/// <param name="Label">The detector's class.</param>
/// <param name="Box">In shares of the frame's width and height (0–1).</param>
public sealed record RawDetection(string Label, RectF Box);
