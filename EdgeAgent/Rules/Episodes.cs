using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>
/// The episodes of one rule, and the assignment of violations to them. The track, and the person around it, establish identity. Position
/// alone establishes it only within the quiet time, and only for a track that began where another was lost: a person who walks up is a
/// different one. See <c>docs/decisions/019-who-a-finding-is.md</c>. Not thread-safe.
/// </summary>
/// <param name="quiet">How long position alone can identify a new track with a lost one.</param>
internal sealed class Episodes(TimeSpan quiet)
{
    // Maximum distance between the position of loss and that of reappearance, in shares of the picture's width and height.
    private const float Near = 0.2f;
    private readonly List<Episode> all = [];
    private readonly TrackTrails trails = new();

    public IReadOnlyList<Episode> All => all;

    public void Remove(IReadOnlyCollection<Episode> over) => all.RemoveAll(over.Contains);

    /// <summary>Assigns one frame's violations; a violation that matches no known episode begins a new one.</summary>
    /// <param name="all">All objects of the rule's label and all persons on the frame, violating or not.</param>
    /// <param name="violating">The violating ones among them.</param>
    public IReadOnlyDictionary<TrackedObject, Episode> Assign(
        IReadOnlyList<TrackedObject> all,
        IReadOnlyList<TrackedObject> violating,
        DateTimeOffset at
    )
    {
        trails.Update(all, at, quiet + TimeSpan.FromMinutes(1));
        var persons = all.Where(s => s.Label == RuleKind.Person).ToList();
        var who = violating.ToDictionary(v => v, v => v.Label == RuleKind.Person ? v.Track : PersonOf(v, persons));
        var assigned = new Dictionary<Episode, TrackedObject>();
        ByTrack(violating, assigned);
        ByEarlierTrack(violating, assigned, at);
        ByPerson(violating, who, assigned, at);
        ByPlace(violating, who, assigned, at);
        foreach (var violation in violating.Except(assigned.Values).ToList())
        {
            var fresh = new Episode
            {
                Since = at,
                Track = violation.Track,
                CarriedSince = at,
            };
            this.all.Add(fresh);
            assigned[fresh] = violation;
        }

        foreach (var (episode, violation) in assigned)
        {
            (episode.LastSeen, episode.Box, episode.Person) = (at, violation.Box, who[violation] ?? episode.Person);
            if (!episode.Guessed)
                episode.CertainAt = at;
        }

        return assigned.ToDictionary(a => a.Value, a => a.Key);
    }

    private static float Distance(RectF a, RectF b)
    {
        var x = a.X + (a.Width / 2) - b.X - (b.Width / 2);
        var y = a.Y + (a.Height / 2) - b.Y - (b.Height / 2);
        return MathF.Sqrt((x * x) + (y * y));
    }

    // Where persons overlap, the smaller bounding box fits more tightly.
    private static long? PersonOf(TrackedObject part, List<TrackedObject> persons)
    {
        var (x, y) = (part.Box.X + (part.Box.Width / 2), part.Box.Y + (part.Box.Height / 2));
        return persons.Where(p => x >= p.Box.X && x <= p.Box.Right && y >= p.Box.Y && y <= p.Box.Bottom).MinBy(p => p.Box.Area)?.Track;
    }

    private void ByTrack(IReadOnlyList<TrackedObject> violating, Dictionary<Episode, TrackedObject> assigned)
    {
        foreach (var violation in violating)
        {
            if (all.Find(e => e.Track == violation.Track && !assigned.ContainsKey(e)) is { } own)
                assigned[own] = violation;
        }
    }

    // A track believed lost has returned: the episode is its own again, and the track that represented it meanwhile gets an episode of its
    // own where both are visible.
    private void ByEarlierTrack(IReadOnlyList<TrackedObject> violating, Dictionary<Episode, TrackedObject> assigned, DateTimeOffset at)
    {
        foreach (var violation in violating.Except(assigned.Values).ToList())
        {
            if (all.Find(e => e.Earlier.Contains(violation.Track)) is not { } own)
                continue;
            if (assigned.Remove(own, out var other))
            {
                var apart = new Episode
                {
                    Since = own.CarriedSince,
                    Track = other.Track,
                    CarriedSince = own.CarriedSince,
                };
                all.Add(apart);
                assigned[apart] = other;
            }

            own.Earlier.Remove(violation.Track);
            (own.Track, own.CarriedSince, own.Guessed) = (violation.Track, at, false);
            assigned[own] = violation;
        }
    }

    private void ByPerson(
        IReadOnlyList<TrackedObject> violating,
        Dictionary<TrackedObject, long?> who,
        Dictionary<Episode, TrackedObject> assigned,
        DateTimeOffset at
    )
    {
        foreach (var violation in violating.Except(assigned.Values).ToList())
        {
            if (
                who[violation] is { } person
                && all.Find(e => e.Person == person && !assigned.ContainsKey(e) && !trails.Sees(e.Track)) is { } own
            )
                TakeOver(own, violation, assigned, at);
        }
    }

    private void ByPlace(
        IReadOnlyList<TrackedObject> violating,
        Dictionary<TrackedObject, long?> who,
        Dictionary<Episode, TrackedObject> assigned,
        DateTimeOffset at
    )
    {
        var pairs =
            from violation in violating.Except(assigned.Values)
            let born = trails.Of(violation.Track)
            where born is not null
            from episode in all
            where !assigned.ContainsKey(episode) && at - episode.CertainAt <= quiet && !trails.Sees(episode.Track)
            let lost = trails.Of(episode.Track)
            let lostAt = lost?.LastSeen ?? episode.LastSeen
            where born.FirstSeen > lostAt && !IsOther(episode, lostAt, who[violation])
            let distance = Distance(born.FirstBox, lost?.LastBox ?? episode.Box)
            where distance < Near
            orderby distance
            select (episode, violation);
        foreach (var (episode, violation) in pairs.ToList())
        {
            if (assigned.ContainsKey(episode) || assigned.ContainsValue(violation))
                continue;
            TakeOver(episode, violation, assigned, at);
            episode.Guessed = true;
        }
    }

    // The episode's person is still visible without the object, or the new track's person was there before the loss.
    private bool IsOther(Episode episode, DateTimeOffset lostAt, long? person) =>
        episode.Person is { } own
        && own != person
        && (trails.Sees(own) || (person is { } other && trails.Of(other) is { } trail && trail.FirstSeen <= lostAt));

    private static void TakeOver(Episode episode, TrackedObject by, Dictionary<Episode, TrackedObject> assigned, DateTimeOffset at)
    {
        episode.Earlier.Add(episode.Track);
        (episode.Track, episode.CarriedSince) = (by.Track, at);
        assigned[episode] = by;
    }
}
