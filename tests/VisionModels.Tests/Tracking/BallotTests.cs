using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.VisionModels.Tests.Tracking;

public class BallotTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);

    [Fact]
    public void Unsure_judgements_are_no_votes()
    {
        var ballot = new VoteWindow(TimeSpan.FromSeconds(3));
        for (var i = 0; i < 20; i++)
            ballot.Cast(new("bare", 0.7f, Sure: false), Start.AddSeconds(i * 0.1)).Votes.ShouldBe(0);
    }

    [Fact]
    public void One_odd_frame_does_not_turn_the_verdict()
    {
        var ballot = new VoteWindow(TimeSpan.FromSeconds(3));
        for (var i = 0; i < 9; i++)
            ballot.Cast(new("masked", 0.99f, Sure: true), Start.AddSeconds(i * 0.2));
        var verdict = ballot.Cast(new("bare", 0.99f, Sure: true), Start.AddSeconds(2));
        (verdict.Label, verdict.ShareOf("masked"), verdict.Votes).ShouldBe(("masked", 0.9f, 10));
    }

    [Fact]
    public void Old_votes_leave_the_window()
    {
        var ballot = new VoteWindow(TimeSpan.FromSeconds(3));
        ballot.Cast(new("masked", 0.99f, Sure: true), Start);
        ballot.Cast(new("bare", 0.99f, Sure: true), Start.AddSeconds(3.1)).Counts.ShouldBe(new Dictionary<string, int> { ["bare"] = 1 });
    }

    [Fact]
    public void Two_ways_to_violate_count_together()
    {
        var ballot = new VoteWindow(TimeSpan.FromSeconds(3));
        foreach (var label in new[] { "bare", "below-nose", "masked", "below-nose" })
            ballot.Cast(new(label, 0.99f, Sure: true), Start);
        ballot.Count(Start).ShareOf("bare", "below-nose").ShouldBe(0.75f);
    }
}
