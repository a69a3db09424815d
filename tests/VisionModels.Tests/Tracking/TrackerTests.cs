using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.VisionModels.Tests.Tracking;

public class TrackerTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);
    private readonly Tracker tracker = new(TimeSpan.FromSeconds(2));

    [Fact]
    public void A_thing_that_walks_keeps_its_track()
    {
        var ids = Enumerable.Range(0, 50).Select(i => tracker.Follow([Face(i * 8)], At(i * 0.2))[0].Id);
        ids.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void Two_things_side_by_side_are_two_tracks_in_whatever_order_they_are_found()
    {
        var first = tracker.Follow([Face(0), Face(100)], At(0));
        var then = tracker.Follow([Face(102), Face(2)], At(0.2));
        then.Select(t => t.Id).ShouldBe([first[1].Id, first[0].Id]);
    }

    [Fact]
    public void A_short_absence_is_bridged_and_a_long_one_is_not()
    {
        var id = tracker.Follow([Face(10)], At(0))[0].Id;
        tracker.Follow([Face(10)], At(1.5))[0].Id.ShouldBe(id);
        tracker.Follow([], At(2.0));
        tracker.Follow([Face(10)], At(4.0))[0].Id.ShouldNotBe(id);
    }

    [Fact]
    public void A_face_never_takes_a_hands_track()
    {
        var face = tracker.Follow([Face(10)], At(0))[0].Id;
        tracker.Follow([Face(10) with { Label = "hand" }], At(0.2))[0].Id.ShouldNotBe(face);
    }

    [Fact]
    public void A_weak_detection_keeps_a_track_alive_and_begins_none()
    {
        var byte5 = new Tracker(TimeSpan.FromSeconds(2), strong: 0.5f);
        byte5.Follow([Face(300) with { Score = 0.3f }], At(0)).ShouldBeEmpty();
        var id = byte5.Follow([Face(10)], At(0.2))[0].Id;
        var weak = Enumerable.Range(2, 20).Select(i => byte5.Follow([Face(10 + i) with { Score = 0.3f }], At(i * 0.2))).ToList();
        weak.ShouldAllBe(tracks => tracks.Count == 1 && tracks[0].Id == id);
    }

    [Fact]
    public void A_strong_detection_claims_its_track_before_a_weak_one()
    {
        var tracks = new Tracker(TimeSpan.FromSeconds(2), strong: 0.5f);
        var id = tracks.Follow([Face(0)], At(0))[0].Id;
        var then = tracks.Follow([Face(1) with { Score = 0.3f }, Face(6)], At(0.2));
        then.Count.ShouldBe(1);
        (then[0].Id, then[0].Box.X).ShouldBe((id, 6));
    }

    [Fact]
    public void Two_who_cross_keep_their_tracks()
    {
        List<(long Left, long Right)> ids = [];
        for (var i = 0; i <= 40; i++)
        {
            // They pass at different heights, overlapping by half.
            var seen = tracker.Follow([Face(i * 5), Face(200 - (i * 5)) with { Box = new(200 - (i * 5), 40, 40, 40) }], At(i * 0.2));
            ids.Add((seen[0].Id, seen[1].Id));
        }

        ids.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void A_hand_that_moves_by_more_than_its_size_is_still_the_same()
    {
        var id = tracker.Follow([Face(0)], At(0))[0].Id;
        tracker.Follow([Face(45)], At(0.2))[0].Id.ShouldBe(id);
    }

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private static Detection Face(float x) => new("face", 0.9f, new(x, 20, 40, 40));
}
