using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Findings;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Tests.Rules;

public sealed class RuleEvaluatorTests
{
    // 11:00 in Shanghai, which has no summer time.
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Shanghai = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");

    [Fact]
    public void Opens_once_after_the_dwell_and_dates_it_from_the_beginning()
    {
        var watch = Watch(NoMask());
        var opened = Play(watch, 0, 40, _ => [Bare(1)]).Opened;
        opened.Count.ShouldBe(1);
        opened[0].Since.ShouldBe(Eleven);
        opened[0].LastSeen.ShouldBe(Eleven.AddSeconds(3), TimeSpan.FromSeconds(0.21));
    }

    [Fact]
    public void A_shorter_violation_is_none()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 2.8, _ => [Bare(1)]).Opened.ShouldBeEmpty();
        var rest = Play(watch, 3, 60, _ => []);
        rest.Opened.ShouldBeEmpty();
        rest.Closed.ShouldBeEmpty();
    }

    [Fact]
    public void Two_short_ones_with_a_gap_between_do_not_add_up()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 20, second => second % 5 < 2.5 ? [Bare(1)] : []).Opened.ShouldBeEmpty();
    }

    [Fact]
    public void A_blink_of_the_detector_does_not_begin_anew()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 4, second => second is > 1 and < 2.2 ? [] : [Bare(1)]).Opened.Count.ShouldBe(1);
    }

    [Fact]
    public void Closes_after_the_quiet_time_with_the_time_it_was_last_seen()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 5, _ => [Bare(1)]).Opened.Count.ShouldBe(1);
        Play(watch, 5.2, 34, _ => []).Closed.ShouldBeEmpty();
        var closed = Play(watch, 34.2, 40, _ => []).Closed;
        closed.Count.ShouldBe(1);
        closed[0].LastSeen.ShouldBe(Eleven.AddSeconds(5), TimeSpan.FromSeconds(0.21));
    }

    [Fact]
    public void Closes_also_when_the_camera_gives_no_frames()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 5, _ => [Bare(1)]);
        watch.Close(Eleven.AddSeconds(30)).ShouldBeEmpty();
        watch.Close(Eleven.AddSeconds(36)).Count.ShouldBe(1);
    }

    [Fact]
    public void Who_comes_back_under_another_track_goes_on_with_the_same_finding()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 5, _ => [Bare(1)]).Opened.Count.ShouldBe(1);
        Play(watch, 15, 25, _ => [Bare(2)]).Opened.ShouldBeEmpty();
        watch.Close(Eleven.AddMinutes(2)).Count.ShouldBe(1);
    }

    [Fact]
    public void Two_people_far_apart_are_two_findings()
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 5, _ => [Bare(1, x: 0.1f), Bare(2, x: 0.8f)]).Opened.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(20, 0, 0, 0)]
    [InlineData(8, 12, 0, 0)]
    [InlineData(0, 2, 0, 0)]
    [InlineData(0, 20, 0, 1)]
    [InlineData(0, 0, 20, 1)]
    [InlineData(2, 4, 4, 1)]
    public void Only_a_clear_majority_of_enough_sure_votes_counts(int masked, int bare, int belowNose, int findings)
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 10, _ => [Face(1, Votes(("masked", masked), ("bare", bare), ("below-nose", belowNose)))])
            .Opened.Count.ShouldBe(findings);
    }

    [Fact]
    public void A_new_person_far_away_is_not_swallowed_by_an_old_finding_when_analysis_is_rebuilt()
    {
        var watch = Watch(NoMask());
        var first = new Tracker(TimeSpan.FromSeconds(2));
        Play(watch, 0, 5, second => [Tracked(first, second, 0.1f)]).Opened.Count.ShouldBe(1);
        var rebuilt = new Tracker(TimeSpan.FromSeconds(2));
        Play(watch, 6, 11, second => [Tracked(rebuilt, second, 0.8f)])
            .Opened.Count.ShouldBe(1, "somebody else at the other end of the kitchen");
    }

    [Fact]
    public void The_same_person_goes_on_with_their_finding_when_analysis_is_rebuilt()
    {
        var watch = Watch(NoMask());
        var first = new Tracker(TimeSpan.FromSeconds(2));
        Play(watch, 0, 5, second => [Tracked(first, second, 0.4f)]).Opened.Count.ShouldBe(1);
        var rebuilt = new Tracker(TimeSpan.FromSeconds(2));
        Play(watch, 6, 11, second => [Tracked(rebuilt, second, 0.4f)]).Opened.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.6)]
    public void A_neighbour_who_comes_near_is_a_finding_of_their_own_and_the_first_is_not_raised_again(double blink)
    {
        var watch = Watch(NoMask());
        Play(watch, 0, 5, _ => [Bare(1)]).Opened.ShouldHaveSingleItem();
        // The neighbour is surer, and therefore first; the first one is out of sight for a blink meanwhile.
        var opened = Play(watch, 5.2, 15, second => second < 5.2 + blink ? [Bare(2, x: 0.5f)] : [Bare(2, x: 0.5f), Bare(1)]).Opened;
        opened.ShouldHaveSingleItem().Box.X.ShouldBe(0.5f);
        watch.Open.Select(v => v.Box.X).Order().ShouldBe([0.4f, 0.5f]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Twenty_people_who_walk_up_to_one_worktop_one_after_another_are_twenty_findings(bool areJudgedOnTheWay)
    {
        var watch = Watch(NoMask());
        var opened = Play(watch, 0, 20 * 10, second =>
        {
            var (who, since) = (1 + (int)(second / 10), second % 10);
            // Two seconds to walk up, six there, then away and out of sight.
            float? x =
                since < 2 ? 0.9f - (0.25f * (float)since)
                : since < 8 ? 0.4f
                : since < 9 ? 0.4f - (0.3f * (float)(since - 8))
                : null;
            if (x is not { } at)
                return [];
            if (areJudgedOnTheWay || since is >= 2 and < 8)
                return [Bare(100 + who, at), Person(200 + who, at)];
            // On the way there are too few votes yet, on the way out they turn their back: all violate at the very same place.
            return since < 2 ? [Face(100 + who, Votes(("bare", 1)), at), Person(200 + who, at)] : [Person(200 + who, at)];
        }).Opened;
        opened.Count.ShouldBe(20);
    }

    [Fact]
    public void Where_people_are_seen_at_one_place_only_a_place_stands_for_a_person_no_longer_than_the_quiet_time()
    {
        var watch = Watch(NoMask());
        var (opened, closed) = Play(watch, 0, 20 * 10, second => second % 10 < 7 ? [Bare(1 + (int)(second / 10))] : []);
        opened.Count.ShouldBeInRange(4, 20);
        closed.AddRange(watch.Close(Eleven.AddHours(1)));
        closed.ShouldAllBe(v => v.LastSeen - v.Since < TimeSpan.FromSeconds(30 + 20));
    }

    [Fact]
    public void Who_turns_away_again_and_again_within_the_same_person_is_one_finding()
    {
        var watch = Watch(NoMask());
        var (opened, _) = Play(watch, 0, 200, second =>
            second % 10 < 5 ? [Bare(1 + (int)(second / 10)), Person(500, 0.4f)] : [Person(500, 0.4f)]
        );
        opened.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(1.3, 1)]
    [InlineData(2.5, 1)]
    [InlineData(5.0, 1)]
    [InlineData(0.5, 0)]
    public void Sure_votes_count_as_a_share_of_the_analyses_however_often_there_are_any(double rate, int findings)
    {
        var watch = Watch(NoMask());
        var (ballot, opened) = (new VoteWindow(TimeSpan.FromSeconds(3)), 0);
        for (var i = 0; i < 20 * rate; i++)
        {
            var at = Eleven.AddSeconds(i / rate);
            opened += watch.Look([Face(1, ballot.Cast(new("bare", 0.95f, true), at))], at).Opened.Count;
        }

        opened.ShouldBe(findings);
        (watch.LeastRate <= rate).ShouldBe(findings > 0, "what cannot fire is said not to be armed");
    }

    [Fact]
    public void Few_sure_votes_among_many_analyses_accuse_nobody()
    {
        var watch = Watch(NoMask());
        var (ballot, opened) = (new VoteWindow(TimeSpan.FromSeconds(3)), 0);
        for (var i = 0; i < 100; i++)
        {
            var at = Eleven.AddSeconds(i * 0.2);
            opened += watch.Look([Face(1, ballot.Cast(new("bare", 0.95f, i % 3 == 0), at))], at).Opened.Count;
        }

        opened.ShouldBe(0);
    }

    [Theory]
    [InlineData("bin", "open", 1)]
    [InlineData("bin", "closed", 0)]
    [InlineData("other", "open", 0)]
    public void A_taught_zone_counts_for_the_rule_that_names_it(string zone, string state, int findings)
    {
        var watch = Watch(
            new()
            {
                Camera = "a",
                Kind = FindingKinds.BinOpen,
                Taught = "bin",
            }
        );
        Play(watch, 0, 5, _ =>
            [new(0, "zone:" + zone, 1, new(0.1f, 0.1f, 0.2f, 0.2f), new Dictionary<string, VoteResult> { ["state"] = Votes((state, 9)) })]
        )
            .Opened.Count.ShouldBe(findings);
    }

    [Fact]
    public void A_camera_without_frames_is_lost_and_not_dark()
    {
        Play(Watch(new() { Camera = "a", Kind = FindingKinds.CameraLost }), 0, 5, _ => [CameraLosses.TrackedObject])
            .Opened.Count.ShouldBe(1);
        Play(Watch(new() { Camera = "a", Kind = FindingKinds.CameraDark }), 0, 5, _ => [CameraLosses.TrackedObject]).Opened.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("10:30-13:00", true)]
    [InlineData("11:00-11:30", true)]
    [InlineData("10:00-11:00", false)]
    [InlineData("22:00-12:00", true)]
    [InlineData("22:00-06:00", false)]
    [InlineData("00:00-24:00", true)]
    public void Applies_in_its_hours_of_the_site(string hours, bool applies)
    {
        var options = NoMask();
        options.Hours.Add(hours);
        Play(Watch(options), 0, 5, _ => [Bare(1)]).Opened.Count.ShouldBe(applies ? 1 : 0);
    }

    [Theory]
    [InlineData(0.2f, 0.5f, 1)]
    [InlineData(0.2f, 0.1f, 0)]
    [InlineData(0.7f, 0.5f, 0)]
    public void An_intruder_counts_where_the_feet_stand(float x, float top, int findings)
    {
        var watch = Watch(
            new()
            {
                Camera = "a",
                Kind = FindingKinds.Intrusion,
                Zone = "0,0.6 0.5,0.6 0.5,1 0,1",
            }
        );
        var box = new RectF(x, top, 0.1f, 0.35f);
        Play(watch, 0, 5, _ => [new(1, "person", 0.9f, box, new Dictionary<string, VoteResult>())]).Opened.Count.ShouldBe(findings);
    }

    private static RuleOptions NoMask() => new() { Camera = "a", Kind = FindingKinds.NoMask };

    private static RuleEvaluator Watch(RuleOptions options) => new(options, Shanghai);

    private static VoteResult Votes(params (string Label, int Count)[] votes) =>
        new(votes.Where(v => v.Count > 0).ToDictionary(v => v.Label, v => v.Count));

    private static TrackedObject Person(long track, float x) =>
        new(track, "person", 0.9f, new(x - 0.05f, 0.25f, 0.15f, 0.5f), new Dictionary<string, VoteResult>());

    private static TrackedObject Tracked(Tracker tracker, double second, float x) =>
        Bare(tracker.Follow([new("face", 0.9f, new(x, 0.3f, 0.05f, 0.08f))], Eleven.AddSeconds(second)).Single().Id, x);

    private static TrackedObject Bare(long track, float x = 0.4f) => Face(track, Votes(("bare", 20)), x);

    private static TrackedObject Face(long track, VoteResult verdict, float x = 0.4f) =>
        new(track, "face", 0.9f, new(x, 0.3f, 0.05f, 0.08f), new Dictionary<string, VoteResult> { ["face"] = verdict });

    /// <summary>Five frames a second, from and to in seconds after eleven.</summary>
    private static (List<Violation> Opened, List<Violation> Closed) Play(
        RuleEvaluator watch,
        double from,
        double to,
        Func<double, IReadOnlyList<TrackedObject>> seen
    )
    {
        var (opened, closed) = (new List<Violation>(), new List<Violation>());
        for (var i = 0; from + (i / 5.0) <= to; i++)
        {
            var second = from + (i / 5.0);
            var changes = watch.Look(seen(second), Eleven.AddSeconds(second));
            opened.AddRange(changes.Opened);
            closed.AddRange(changes.Closed);
        }

        return (opened, closed);
    }
}
