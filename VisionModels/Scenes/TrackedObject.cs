using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.VisionModels.Scenes;

/// <summary>One tracked object on one frame.</summary>
/// <param name="Track">Unique in the process; 0 for an object that is not tracked.</param>
/// <param name="Label">The detector's class.</param>
/// <param name="Score">The detector's score, 0–1.</param>
/// <param name="Box">Bounding box in shares of the frame's width and height (0–1).</param>
/// <param name="VoteResults">By classifier: the sure votes of the last seconds.</param>
public sealed record TrackedObject(long Track, string Label, float Score, RectF Box, IReadOnlyDictionary<string, VoteResult> VoteResults);

/// <summary>A detection on one frame, however weak.</summary>
/// <param name="Label">The detector's class.</param>
/// <param name="Box">Bounding box in shares of the frame's width and height (0–1).</param>
public sealed record RawDetection(string Label, RectF Box);
