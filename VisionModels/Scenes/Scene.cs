using BrightKitchen.VisionModels.Tracking;
using OpenCvSharp;
using Tracker = BrightKitchen.VisionModels.Tracking.Tracker;

namespace BrightKitchen.VisionModels.Scenes;

/// <summary>What one camera sees over time: finds, follows, judges and votes. Not thread-safe; frames come in order of time.</summary>
/// <param name="attributes">The classifiers to ask; all of <paramref name="models"/> where null.</param>
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
    /// Everything that the detector found on the last frame, also what is too weak to be followed; boxes in shares of the frame.
    /// </summary>
    public IReadOnlyList<RawDetection> RawDetections { get; private set; } = [];

    /// <summary>Looks at one frame.</summary>
    /// <param name="bgr">8-bit BGR of any size.</param>
    /// <param name="time">When it was taken.</param>
    /// <param name="by">Models to look with, where several callers have a set each; of the same versions as the scene's own, which are used
    /// where null.</param>
    /// <returns>What is seen on this very frame.</returns>
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
