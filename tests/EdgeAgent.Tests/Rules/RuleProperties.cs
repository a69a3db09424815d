using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;
using FsCheck;
using FsCheck.Fluent;

namespace BrightKitchen.EdgeAgent.Tests.Rules;

/// <summary>The rules' clock over any history, beside a slow and obvious one.</summary>
public sealed class RuleProperties
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(1.5);

    private static readonly Gen<(int Dwell, int Quiet, (int Ms, bool Seen)[] Looks)> Histories =
        from dwell in Gen.Choose(0, 6)
        from quiet in Gen.Choose(2, 20)
        from looks in (
            from ms in Gen.Frequency((8, Gen.Choose(50, 1200)), (1, Gen.Choose(1400, 1600)), (1, Gen.Choose(2000, 30_000)))
            from seen in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
            select (ms, seen)
        )
            .ArrayOf()
            .Resize(80)
        select (dwell, quiet, looks);

    [Fact]
    public void One_person_is_found_as_often_and_as_long_as_a_slow_clock_says() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true), Prop.ForAll(Arb.From(Histories), history =>
            {
                var watch = new RuleEvaluator(
                    new()
                    {
                        Camera = "one",
                        Kind = FindingKinds.Intrusion,
                        Dwell = TimeSpan.FromSeconds(history.Dwell),
                        Quiet = TimeSpan.FromSeconds(history.Quiet),
                    },
                    TimeZoneInfo.Utc
                );
                var (at, opened, closed) = (Start, new List<Violation>(), new List<Violation>());
                var times = new List<DateTimeOffset>();
                foreach (var (ms, seen) in history.Looks)
                {
                    at += TimeSpan.FromMilliseconds(ms);
                    if (seen)
                        times.Add(at);
                    var changes = watch.Look(seen ? [Somebody] : [], at);
                    opened.AddRange(changes.Opened);
                    closed.AddRange(changes.Closed);
                    watch.Open.Count().ShouldBeLessThanOrEqualTo(1, "one person is one finding at a time");
                }

                closed.AddRange(watch.Close(at.AddHours(2)));
                var slow = Slow(times, TimeSpan.FromSeconds(history.Dwell), TimeSpan.FromSeconds(history.Quiet));
                opened.Select(v => v.Since).ShouldBe(slow.Select(s => s.Since));
                closed.Select(v => (v.Since, v.LastSeen)).ShouldBe(slow);
                closed.Select(v => v.Id).ShouldBe(opened.Select(v => v.Id), "each finding opens once and closes once");
            }));

    private static TrackedObject Somebody => new(1, "person", 0.9f, new(0.4f, 0.4f, 0.2f, 0.4f), new Dictionary<string, VoteResult>());

    // A stretch goes on over a gap: a short one before it is a finding, the quiet time after. It is a finding once it lasted for the dwell.
    private static List<(DateTimeOffset Since, DateTimeOffset LastSeen)> Slow(List<DateTimeOffset> times, TimeSpan dwell, TimeSpan quiet)
    {
        List<(DateTimeOffset, DateTimeOffset)> found = [];
        for (var i = 0; i < times.Count; )
        {
            var (since, last, open) = (times[i], times[i], dwell == TimeSpan.Zero);
            for (i++; i < times.Count && times[i] - last <= (open ? quiet : Gap); i++)
            {
                last = times[i];
                open |= last - since >= dwell;
            }

            if (open)
                found.Add((since, last));
        }

        return found;
    }
}
