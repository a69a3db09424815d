using BrightKitchen.VisionModels.Tracking;
using FsCheck;
using FsCheck.Fluent;

namespace BrightKitchen.VisionModels.Tests.Tracking;

/// <summary>What holds of trackers and votes over any history of detections.</summary>
public class TrackingProperties
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(2);

    private static readonly Gen<Detection> Detections =
        from x in Gen.Choose(0, 600)
        from y in Gen.Choose(0, 300)
        from size in Gen.Choose(4, 120)
        from score in Gen.Choose(5, 100)
        from label in Gen.Elements("face", "hand", "head")
        select new Detection(label, score / 100f, new(x, y, size, size));

    private static readonly Gen<(int Ms, Detection[] Found)[]> Histories = (
        from ms in Gen.Choose(20, 3500)
        from found in Detections.ArrayOf().Resize(6)
        select (ms, found)
    )
        .ArrayOf()
        .Resize(30);

    [Fact]
    public void Every_detection_is_of_one_track_at_most_and_no_track_changes_its_kind() => Check(Histories, history =>
        {
            var (tracker, at, kinds, seen) = (
                new Tracker(Memory, 0.5f),
                Start,
                new Dictionary<long, string>(),
                new Dictionary<long, DateTimeOffset>()
            );
            foreach (var (ms, found) in history)
            {
                at += TimeSpan.FromMilliseconds(ms);
                var tracks = tracker.Follow(found, at);
                tracks.Count.ShouldBeLessThanOrEqualTo(found.Length);
                tracks.Select(t => t.Id).ShouldBeUnique();
                tracks.Count.ShouldBeGreaterThanOrEqualTo(found.Count(f => f.Score >= 0.5f), "no strong detection goes without a track");
                foreach (var track in tracks)
                {
                    kinds.TryAdd(track.Id, track.Label).ShouldBe(!seen.ContainsKey(track.Id));
                    track.Label.ShouldBe(kinds[track.Id]);
                    found.ShouldContain(f => f.Box == track.Box && f.Label == track.Label, "a track is where something was found");
                    if (seen.TryGetValue(track.Id, out var before))
                        (at - before).ShouldBeLessThanOrEqualTo(Memory, "what was forgotten does not come back");
                    (track.FirstSeen <= track.LastSeen && track.LastSeen == at).ShouldBeTrue();
                    seen[track.Id] = at;
                }
            }
        });

    [Fact]
    public void The_same_history_gives_the_same_tracks() => Check(Histories, history =>
        {
            string Play()
            {
                var (tracker, at) = (new Tracker(Memory, 0.5f), Start);
                // No two trackers give one id twice: the order of appearance counts.
                var order = new Dictionary<long, int>();
                int OrderOf(long id) => order.TryGetValue(id, out var known) ? known : order[id] = order.Count;
                return string.Join(
                    ';',
                    history.Select(h =>
                        string.Join(',', tracker.Follow(h.Found, at += TimeSpan.FromMilliseconds(h.Ms)).Select(t => OrderOf(t.Id)))
                    )
                );
            }

            Play().ShouldBe(Play());
        });

    [Fact]
    public void Votes_are_what_a_slow_count_over_the_window_says() =>
        Check(
            (
                from ms in Gen.Choose(0, 1500)
                from label in Gen.Elements("bare", "masked", "below-nose")
                from sure in Gen.Elements(true, true, false)
                select (ms, label, sure)
            )
                .ArrayOf()
                .Resize(60),
            casts =>
            {
                var (ballot, at, all) = (new VoteWindow(TimeSpan.FromSeconds(3)), Start, new List<(DateTimeOffset At, string Label)>());
                foreach (var (ms, label, sure) in casts)
                {
                    at += TimeSpan.FromMilliseconds(ms);
                    if (sure)
                        all.Add((at, label));
                    var verdict = ballot.Cast(new(label, 0.9f, sure), at);
                    var slow = all.Where(v => at - v.At <= TimeSpan.FromSeconds(3)).ToList();
                    verdict.Votes.ShouldBe(slow.Count);
                    foreach (var kind in slow.Select(v => v.Label).Distinct())
                        verdict.ShareOf(kind).ShouldBe((float)slow.Count(v => v.Label == kind) / slow.Count);
                }
            }
        );

    private static void Check<T>(Gen<T> histories, Action<T> holds) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true), Prop.ForAll(Arb.From(histories), holds));
}
