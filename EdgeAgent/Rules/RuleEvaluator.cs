using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>The current state of a violation that is a finding.</summary>
/// <param name="Since">When the violation began.</param>
/// <param name="LastSeen">When it was last seen.</param>
/// <param name="Score">0–1: the detection's score, or the share of violating votes.</param>
/// <param name="Box">Bounding box in shares of the picture (0–1).</param>
internal sealed record Violation(FindingId Id, DateTimeOffset Since, DateTimeOffset LastSeen, float Score, RectF Box);

/// <summary>Findings opened and closed by one evaluation.</summary>
internal sealed record Changes(IReadOnlyList<Violation> Opened, IReadOnlyList<Violation> Closed)
{
    public static Changes None { get; } = new([], []);
}

/// <summary>
/// One rule on one camera. A violation opens as a finding after the rule's dwell time, lasts while it is seen, and closes when it has not
/// been seen for the quiet time; <see cref="Episodes"/> determines its identity. Time is the frames' time.
/// </summary>
/// <param name="clock">Converts frame times to wall time; null where they are equal.</param>
internal sealed class RuleEvaluator(RuleOptions options, TimeZoneInfo zone, AgentClock? clock = null)
{
    /// <summary>A violation that is not a finding yet starts over when it is out of sight for longer than this.</summary>
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1.5);

    // Minimum observation before votes count: a first impression must not accuse anyone.
    private static readonly TimeSpan Observed = TimeSpan.FromSeconds(1.2);
    private const float SureShare = 0.7f;
    private const float SureOfAsked = 0.5f;
    private const int LeastVotes = 3;
    private readonly RuleKind kind = RuleKind.All[options.Kind];
    private readonly Zone area = Zone.TryParse(options.Zone, out var area)
        ? area
        : throw new ArgumentException("The zone is invalid.", nameof(options));
    private readonly List<Hours> hours = options.Hours.ConvertAll(h =>
        Hours.TryParse(h, out var parsed) ? parsed : throw new ArgumentException("The hours are invalid.", nameof(options))
    );
    private readonly Episodes episodes = new(options.Quiet);

    public RuleOptions Options => options;

    public RuleKind Kind => kind;

    /// <summary>
    /// Analyses per second below which the rule cannot fire: within their window the votes do not reach <see cref="LeastVotes"/>, or every
    /// sighting starts over.
    /// </summary>
    public double LeastRate =>
        kind.Attribute is not null ? 1
        : options.Dwell > TimeSpan.Zero ? 1 / Gap.TotalSeconds
        : 0;

    /// <summary>The findings that are open now.</summary>
    public IEnumerable<Violation> Open => episodes.All.Where(e => e.Id is not null).Select(e => e.Violation);

    public Changes Look(IReadOnlyList<TrackedObject> sightings, DateTimeOffset at)
    {
        var closed = Close(at);
        if (!Applies(at))
            return closed.Count == 0 ? Changes.None : new([], closed);
        var concerned = sightings
            .Where(s => kind.Source == RuleSource.Models ? s.Label == kind.Label || s.Label == RuleKind.Person : Concerns(s))
            .Distinct()
            .ToList();
        var scores = concerned
            .Select(s => (TrackedObject: s, Score: Violates(s)))
            .Where(p => p.Score is not null)
            .ToDictionary(p => p.TrackedObject, p => p.Score!.Value);
        var opened = new List<Violation>();
        foreach (var (sighting, episode) in episodes.Assign(concerned, [.. scores.Keys], at))
        {
            episode.Score = scores[sighting];
            if (episode.Id is null && at - episode.Since >= options.Dwell)
            {
                episode.Id = FindingId.New(at);
                opened.Add(episode.Violation);
            }
        }

        return new(opened, closed);
    }

    /// <summary>Closes violations that were not seen for the quiet time; also called when no frames arrive.</summary>
    public IReadOnlyList<Violation> Close(DateTimeOffset at)
    {
        var over = episodes.All.Where(e => at - e.LastSeen > (e.Id is null ? Gap : options.Quiet)).ToList();
        episodes.Remove(over);
        return [.. over.Where(e => e.Id is not null).Select(e => e.Violation)];
    }

    private bool Applies(DateTimeOffset at)
    {
        var local = TimeOnly.FromTimeSpan(TimeZoneInfo.ConvertTime(clock?.Told(at) ?? at, zone).TimeOfDay);
        return hours.Count == 0 || hours.Exists(h => h.Hold(local));
    }

    private float? Violates(TrackedObject sighting)
    {
        if (!Concerns(sighting))
            return null;
        if (kind.Attribute is null)
            return sighting.Score;
        return
            sighting.VoteResults.TryGetValue(kind.Attribute, out var verdict)
            && IsCertain(verdict)
            && verdict.ShareOf(kind.Violations) is >= SureShare and var share
            ? share
            : null;
    }

    // Relative to the analyses made, whose rate depends on the camera and the machine.
    private static bool IsCertain(VoteResult verdict) =>
        verdict.Votes >= LeastVotes && verdict.Votes >= SureOfAsked * verdict.Asked && !(verdict.Observed < Observed);

    private bool Concerns(TrackedObject sighting)
    {
        var box = sighting.Box;
        return kind.Source switch
        {
            RuleSource.TaughtZone => sighting.Label == RuleKind.Zone + ":" + options.Taught,
            RuleSource.Camera => sighting.Label == RuleKind.Camera,
            _ => sighting.Label == kind.Label
                && area.Contains(box.X + (box.Width / 2), kind.AtFeet ? Math.Min(box.Bottom, 0.999f) : box.Y + (box.Height / 2)),
        };
    }
}
