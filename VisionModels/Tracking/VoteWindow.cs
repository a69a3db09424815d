namespace BrightKitchen.VisionModels.Tracking;

/// <summary>What the sure votes of a stretch say.</summary>
/// <param name="Counts">Sure votes by label.</param>
public sealed record VoteResult(IReadOnlyDictionary<string, int> Counts)
{
    private readonly int? asked;

    public static VoteResult None { get; } = new(new Dictionary<string, int>());

    /// <summary>Sure votes in the stretch.</summary>
    public int Votes => Counts.Values.Sum();

    /// <summary>Judgements in the stretch, sure or not; the sure ones where no more is known.</summary>
    public int Asked
    {
        get => asked ?? Votes;
        init => asked = value;
    }

    /// <summary>From the first judgement of the thing up to now, at most the stretch; null where it is not known.</summary>
    public TimeSpan? Observed { get; init; }

    /// <summary>The label with most votes; null while nothing sure was said.</summary>
    public string? Label => Counts.Count == 0 ? null : Counts.MaxBy(c => c.Value).Key;

    /// <summary>The share of the sure votes that these labels have together, 0–1.</summary>
    public float ShareOf(params IReadOnlyCollection<string> labels) =>
        Votes == 0 ? 0 : (float)labels.Sum(l => Counts.GetValueOrDefault(l)) / Votes;
}

/// <summary>One track's votes on one attribute over the newest stretch of time: one frame never accuses anybody.</summary>
/// <param name="window">How far back votes count.</param>
public sealed class VoteWindow(TimeSpan window)
{
    // The label is null where the judgement was unsure.
    private readonly Queue<(DateTimeOffset Time, string? Label)> judged = new();
    private DateTimeOffset began;

    /// <summary>Takes one judgement; an unsure one is no vote.</summary>
    public VoteResult Cast(Judgement judgement, DateTimeOffset time)
    {
        Forget(time);
        if (judged.Count == 0)
            began = time;
        judged.Enqueue((time, judgement.Sure ? judgement.Label : null));
        return Count(time);
    }

    /// <summary>What the votes say at a time.</summary>
    public VoteResult Count(DateTimeOffset time)
    {
        Forget(time);
        if (judged.Count == 0)
            return VoteResult.None;
        var observed = time - began;
        return new(judged.Select(j => j.Label).OfType<string>().CountBy(l => l).ToDictionary(c => c.Key, c => c.Value))
        {
            Asked = judged.Count,
            Observed = observed < window ? observed : window,
        };
    }

    private void Forget(DateTimeOffset time)
    {
        while (judged.TryPeek(out var oldest) && time - oldest.Time > window)
            judged.Dequeue();
    }
}
