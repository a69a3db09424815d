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

    private static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    private static Detection Face(float x) => new("face", 0.9f, new(x, 20, 40, 40));
}
