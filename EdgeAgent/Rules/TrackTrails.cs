using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>
/// Times and positions of each track's first and last sighting, inside the rule's zone or outside, violating or not. Not thread-safe.
/// </summary>
internal sealed class TrackTrails
{
    private readonly Dictionary<long, Trail> trails = [];
    private DateTimeOffset newest;

    public Trail? Of(long track) => trails.GetValueOrDefault(track);

    /// <summary>Whether the track is visible on the newest frame.</summary>
    public bool Sees(long track) => trails.TryGetValue(track, out var trail) && trail.LastSeen == newest;

    /// <summary>Updates the trails with one frame's objects.</summary>
    /// <param name="remembered">How long a lost track is remembered.</param>
    public void Update(IEnumerable<TrackedObject> sightings, DateTimeOffset at, TimeSpan remembered)
    {
        newest = at;
        foreach (var sighting in sightings)
        {
            if (trails.TryGetValue(sighting.Track, out var trail))
                (trail.LastSeen, trail.LastBox) = (at, sighting.Box);
            else
                trails[sighting.Track] = new(at, sighting.Box) { LastSeen = at, LastBox = sighting.Box };
        }

        foreach (var (track, trail) in trails)
        {
            if (at - trail.LastSeen > remembered)
                trails.Remove(track);
        }
    }

    internal sealed class Trail(DateTimeOffset firstSeen, RectF firstBox)
    {
        public DateTimeOffset FirstSeen => firstSeen;

        public RectF FirstBox => firstBox;

        public DateTimeOffset LastSeen { get; set; }

        public RectF LastBox { get; set; }
    }
}
