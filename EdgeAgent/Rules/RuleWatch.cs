using BrightKitchen.Contracts;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>A finding as the rules see it grow.</summary>
/// <param name="Since">When the violation began.</param>
/// <param name="LastSeen">When it was last seen.</param>
internal sealed record Violation(FindingId Id, DateTimeOffset Since, DateTimeOffset LastSeen, float Score, BoxF Box);

/// <summary>What one look changed.</summary>
internal sealed record Changes(IReadOnlyList<Violation> Opened, IReadOnlyList<Violation> Closed)
{
    public static Changes None { get; } = new([], []);
}

/// <summary>
/// One rule on one camera. A violation opens as a finding after the rule's dwell, lasts while it is seen, and closes when it was not seen for the
/// quiet time; whoever comes back near the place earlier goes on with the same finding, also under a new track. Time comes with the frames.
/// </summary>
/// <param name="clock">What makes the local time of a frame's; null where they are the same.</param>
internal sealed class RuleWatch(RuleOptions options, TimeZoneInfo zone, BoxClock? clock = null)
{
    /// <summary>Out of sight for longer, an unopened violation begins anew.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1.5);
    private const float SureShare = 0.7f;
    private const int LeastVotes = 5;
    private const float Near = 0.2f;
    private readonly RuleKind kind = RuleKind.All[options.Kind];
    private readonly Zone area = Zone.TryParse(options.Zone, out var area) ? area : throw new ArgumentException("The zone is checked before.", nameof(options));
    private readonly List<Hours> hours = options.Hours.ConvertAll(h => Hours.TryParse(h, out var parsed) ? parsed : throw new ArgumentException("The hours are checked before.", nameof(options)));
    private readonly List<Stretch> stretches = [];

    public RuleOptions Options => options;

    public RuleKind Kind => kind;

    /// <summary>The findings that are open now.</summary>
    public IEnumerable<Violation> Open => stretches.Where(s => s.Id is not null).Select(s => s.Violation);

    public Changes Look(IReadOnlyList<Sighting> sightings, DateTimeOffset at)
    {
        var closed = Close(at);
        if (!Applies(at))
            return closed.Count == 0 ? Changes.None : new([], closed);
        var opened = new List<Violation>();
        foreach (var (sighting, score) in sightings.Select(s => (s, Violates(s))).Where(p => p.Item2 is not null))
        {
            var stretch = StretchOf(sighting, at);
            stretch.Track = sighting.Track;
            stretch.LastSeen = at;
            stretch.Box = sighting.Box;
            stretch.Score = score!.Value;
            if (stretch.Id is null && at - stretch.Since >= options.Dwell)
            {
                stretch.Id = FindingId.New(at);
                opened.Add(stretch.Violation);
            }
        }

        return new(opened, closed);
    }

    /// <summary>Closes what was not seen for the quiet time; also called when no frames come.</summary>
    public IReadOnlyList<Violation> Close(DateTimeOffset at)
    {
        var over = stretches.Where(s => at - s.LastSeen > (s.Id is null ? Gap : options.Quiet)).ToList();
        stretches.RemoveAll(over.Contains);
        return [.. over.Where(s => s.Id is not null).Select(s => s.Violation)];
    }

    private bool Applies(DateTimeOffset at)
    {
        var local = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(clock?.Told(at) ?? at, zone).TimeOfDay);
        return hours.Count == 0 || hours.Exists(h => h.Hold(local));
    }

    private float? Violates(Sighting sighting)
    {
        if (!Concerns(sighting))
            return null;
        if (kind.Attribute is null)
            return sighting.Score;
        return sighting.Verdicts.TryGetValue(kind.Attribute, out var verdict) && verdict.Votes >= LeastVotes && verdict.ShareOf(kind.Violations) is >= SureShare and var share ? share : null;
    }

    private bool Concerns(Sighting sighting)
    {
        var box = sighting.Box;
        return kind.Source switch
        {
            RuleSource.TaughtZone => sighting.Label == RuleKind.Zone + ":" + options.Taught,
            RuleSource.Camera => sighting.Label == RuleKind.Camera,
            _ => sighting.Label == kind.Label && area.Contains(box.X + (box.Width / 2), kind.AtFeet ? Math.Min(box.Bottom, 0.999f) : box.Y + (box.Height / 2)),
        };
    }

    private Stretch StretchOf(Sighting sighting, DateTimeOffset at)
    {
        var own = stretches.Find(s => s.Track == sighting.Track)
            ?? stretches.Where(s => s.LastSeen < at && Distance(s.Box, sighting.Box) < Near).MinBy(s => Distance(s.Box, sighting.Box));
        if (own is not null)
            return own;
        var fresh = new Stretch { Since = at };
        stretches.Add(fresh);
        return fresh;
    }

    private static float Distance(BoxF a, BoxF b)
    {
        var x = a.X + (a.Width / 2) - b.X - (b.Width / 2);
        var y = a.Y + (a.Height / 2) - b.Y - (b.Height / 2);
        return MathF.Sqrt((x * x) + (y * y));
    }

    private sealed class Stretch
    {
        public FindingId? Id { get; set; }

        public long Track { get; set; }

        public DateTimeOffset Since { get; init; }

        public DateTimeOffset LastSeen { get; set; }

        public BoxF Box { get; set; }

        public float Score { get; set; }

        public Violation Violation => new(Id!.Value, Since, LastSeen, Score, Box);
    }
}
