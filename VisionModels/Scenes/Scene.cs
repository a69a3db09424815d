using BrightKitchen.VisionModels.Tracking;
using OpenCvSharp;
using Tracker = BrightKitchen.VisionModels.Tracking.Tracker;

namespace BrightKitchen.VisionModels.Scenes;

/// <summary>
/// The analysis of one camera over time: detects, tracks, classifies and votes. Not thread-safe; frames must be in order of time.
/// </summary>
/// <param name="attributes">Names of the classifiers to use; null uses all of <paramref name="models"/>.</param>
public sealed class Scene(SceneModels models, IReadOnlyCollection<string>? attributes = null)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);
    private readonly Tracker tracker = new(Memory, models.Detector.Manifest.Threshold);
    private readonly Dictionary<string, AttributeScheduler> desks = (attributes ?? [.. models.Attributes.Keys]).ToDictionary(
        a => a,
        _ => new AttributeScheduler(Window, Memory)
    );

    /// <summary>
    /// All detections on the last frame, including those too weak for tracking; bounding boxes in shares of the frame (0–1).
    /// </summary>
    public IReadOnlyList<RawDetection> RawDetections { get; private set; } = [];

    /// <summary>Analyses one frame.</summary>
    /// <param name="bgr">8-bit BGR of any size.</param>
    /// <param name="time">When it was taken.</param>
    /// <param name="by">Models to use where several callers have a set each; must be of the same versions as the scene's own, which null
    /// uses.</param>
    /// <returns>The objects visible on this frame.</returns>
    public IReadOnlyList<TrackedObject> Look(Mat bgr, DateTimeOffset time, SceneModels? by = null)
    {
        ArgumentNullException.ThrowIfNull(bgr);
        by ??= models;
        float width = bgr.Cols,
            height = bgr.Rows;
        RectF Share(RectF box) => new(box.X / width, box.Y / height, box.Width / width, box.Height / height);
        var found = by.Detector.Detect(bgr);
        RawDetections = [.. found.Select(f => new RawDetection(f.Label, Share(f.Box)))];
        var tracks = tracker.Follow(found, time);
        foreach (var (name, desk) in desks)
        {
            var due = desk.Due(tracks.Where(t => t.Label == name), time);
            var judged = by.Attributes[name].Judge(bgr, due.ConvertAll(t => t.Box));
            for (var i = 0; i < due.Count; i++)
                desk.Take(due[i].Id, judged[i], time);
        }

        return [.. tracks.Select(t => new TrackedObject(t.Id, t.Label, t.Score, Share(t.Box), VoteResultsOf(t, time)))];
    }

    private Dictionary<string, VoteResult> VoteResultsOf(Track track, DateTimeOffset time) =>
        desks.TryGetValue(track.Label, out var desk) ? new() { [track.Label] = desk.Count(track.Id, time) } : [];
}
