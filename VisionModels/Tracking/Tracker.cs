namespace BrightKitchen.VisionModels.Tracking;

/// <summary>Follows things over frames by overlap with where they should be by now; one tracker a camera. Not thread-safe.</summary>
/// <param name="memory">How long a thing may be out of sight and still be the same.</param>
public sealed class Tracker(TimeSpan memory)
{
    private const float Overlap = 0.2f;
    private readonly List<Track> tracks = [];
    private long next = 1;

    /// <summary>Matches one frame's detections with the tracks, best overlap first.</summary>
    /// <returns>The tracks seen on this frame, in the order of <paramref name="found"/>.</returns>
    public IReadOnlyList<Track> Follow(IReadOnlyList<Detection> found, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(found);
        tracks.RemoveAll(t => time - t.LastSeen > memory);
        var pairs = new List<(float Iou, int Track, int Found)>();
        for (var t = 0; t < tracks.Count; t++)
        {
            var expected = tracks[t].At(time);
            for (var f = 0; f < found.Count; f++)
            {
                if (tracks[t].Label == found[f].Label && expected.Iou(found[f].Box) is var iou && iou > Overlap)
                    pairs.Add((iou, t, f));
            }
        }

        pairs.Sort((a, b) => b.Iou.CompareTo(a.Iou));
        var seen = new Track?[found.Count];
        var taken = new HashSet<int>();
        foreach (var (_, t, f) in pairs)
        {
            if (seen[f] is null && taken.Add(t))
                tracks[t] = seen[f] = Move(tracks[t], found[f], time);
        }

        for (var f = 0; f < found.Count; f++)
        {
            if (seen[f] is null)
                tracks.Add(seen[f] = new(next++, found[f].Label, found[f].Score, found[f].Box, time, time));
        }

        return seen!;
    }

    private static Track Move(Track track, Detection found, DateTimeOffset time)
    {
        var seconds = (float)(time - track.LastSeen).TotalSeconds;
        var velocity = seconds <= 0
            ? track.Velocity
            : ((track.Velocity.X + ((found.Box.X - track.Box.X) / seconds)) / 2, (track.Velocity.Y + ((found.Box.Y - track.Box.Y) / seconds)) / 2);
        return track with { Score = found.Score, Box = found.Box, LastSeen = time, Velocity = velocity };
    }
}
