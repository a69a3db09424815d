namespace BrightKitchen.VisionModels.Tracking;

/// <summary>What the sure votes of a stretch say.</summary>
/// <param name="Counts">Sure votes by label.</param>
public sealed record Verdict(IReadOnlyDictionary<string, int> Counts)
{
    public static Verdict None { get; } = new(new Dictionary<string, int>());

    /// <summary>Sure votes in the stretch.</summary>
    public int Votes => Counts.Values.Sum();

    /// <summary>The label with most votes; null while nothing sure was said.</summary>
    public string? Label => Counts.Count == 0 ? null : Counts.MaxBy(c => c.Value).Key;

    /// <summary>The share of the sure votes that these labels have together, 0–1.</summary>
    public float ShareOf(params IReadOnlyCollection<string> labels) => Votes == 0 ? 0 : (float)labels.Sum(l => Counts.GetValueOrDefault(l)) / Votes;
}

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
        return Count(time);
    }

    /// <summary>What the votes say at a time.</summary>
    public Verdict Count(DateTimeOffset time)
    {
        while (votes.TryPeek(out var oldest) && time - oldest.Time > window)
            votes.Dequeue();
        return votes.Count == 0 ? Verdict.None : new(votes.CountBy(v => v.Label).ToDictionary(c => c.Key, c => c.Value));
    }
}
