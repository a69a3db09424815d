namespace BrightKitchen.VisionModels.Tracking;

/// <summary>What the sure votes of a stretch say.</summary>
/// <param name="Label">The label with most votes; null while nothing sure was said.</param>
/// <param name="Share">Its share of the sure votes, 0–1.</param>
/// <param name="Votes">Sure votes in the stretch.</param>
public readonly record struct Verdict(string? Label, float Share, int Votes);

/// <summary>One track's votes on one attribute over the newest stretch of time: one frame never accuses anybody.</summary>
/// <param name="window">How far back votes count.</param>
public sealed class Ballot(TimeSpan window)
{
    private readonly Queue<(DateTimeOffset Time, string Label)> votes = new();

    /// <summary>Takes one judgement; an unsure one is no vote.</summary>
    public Verdict Cast(Judgement judgement, DateTimeOffset time)
    {
        if (judgement.Sure)
            votes.Enqueue((time, judgement.Label));
        while (votes.TryPeek(out var oldest) && time - oldest.Time > window)
            votes.Dequeue();
        if (votes.Count == 0)
            return new(null, 0, 0);
        var best = votes.CountBy(v => v.Label).MaxBy(g => g.Value);
        return new(best.Key, (float)best.Value / votes.Count, votes.Count);
    }
}
