namespace BrightKitchen.VisionModels.Tracking;

/// <summary>
/// Tracks objects across frames in the manner of ByteTrack: strong detections are matched with predicted tracks first, then weak ones (a
/// hand behind steam) continue existing tracks, and only strong ones begin a track. One tracker per camera. Not thread-safe.
/// </summary>
/// <param name="memory">How long an object may be undetected and keep its track.</param>
/// <param name="strong">Minimum score (0–1) of a detection that may begin a track.</param>
public sealed class Tracker(TimeSpan memory, float strong = 0)
{
    private const float Overlap = 0.2f;
    private const float WeakOverlap = 0.4f;
    private const float WideOverlap = 0.15f;
    private const float Widening = 1.6f;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    // Shared by all trackers, so that state that outlives a tracker cannot confuse a new object with an old one.
    private static long newest;
    private readonly List<Track> tracks = [];

    /// <summary>Matches one frame's detections with the tracks.</summary>
    /// <returns>The tracks detected on this frame, in the order of <paramref name="found"/>; a weak detection without a track is
    /// omitted.</returns>
    public IReadOnlyList<Track> Follow(IReadOnlyList<Detection> found, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(found);
        tracks.RemoveAll(t => time - t.LastSeen > memory);
        var expected = tracks.ConvertAll(t => t.By(time).Box);
        var seen = new Track?[found.Count];
        var taken = new bool[tracks.Count];
        bool Strong(int f) => found[f].Score >= strong;
        Match(Strong, _ => true, 1, Overlap);
        Match(f => !Strong(f), t => time - tracks[t].LastSeen <= Fresh, 1, WeakOverlap);
        // An object that moves by more than its size between two frames, as hands do, is at least near: match enlarged bounding boxes.
        Match(Strong, t => time - tracks[t].LastSeen <= Fresh, Widening, WideOverlap);
        for (var f = 0; f < found.Count; f++)
        {
            if (seen[f] is null && Strong(f))
                tracks.Add(seen[f] = new(Interlocked.Increment(ref newest), found[f].Label, found[f].Score, found[f].Box, time, time));
        }

        return [.. seen.OfType<Track>()];

        // Greedy, best overlap first. On crowded frames an optimal assignment would differ; votes over seconds make up for what it would
        // gain.
        void Match(Func<int, bool> mayFind, Func<int, bool> mayExpect, float widening, float least)
        {
            var pairs = new List<(float Iou, int Track, int Found)>();
            for (var t = 0; t < taken.Length; t++)
            {
                if (taken[t] || !mayExpect(t))
                    continue;
                var wide = Widen(expected[t], widening);
                for (var f = 0; f < found.Count; f++)
                {
                    if (
                        seen[f] is null
                        && found[f].Label == tracks[t].Label
                        && mayFind(f)
                        && wide.Iou(Widen(found[f].Box, widening)) is var iou
                        && iou > least
                    )
                        pairs.Add((iou, t, f));
                }
            }

            pairs.Sort((a, b) => b.Iou.CompareTo(a.Iou));
            foreach (var (_, t, f) in pairs)
            {
                if (seen[f] is not null || taken[t])
                    continue;
                taken[t] = true;
                tracks[t] = seen[f] = tracks[t].SeenAs(found[f], time);
            }
        }
    }

    private static RectF Widen(RectF box, float by) =>
        new(box.X - (box.Width * (by - 1) / 2), box.Y - (box.Height * (by - 1) / 2), box.Width * by, box.Height * by);
}
