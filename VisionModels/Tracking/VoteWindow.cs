namespace BrightKitchen.VisionModels.Tracking;

/// <summary>The result of the sure votes within a window of time.</summary>
/// <param name="Counts">Sure votes by label.</param>
public sealed record VoteResult(IReadOnlyDictionary<string, int> Counts)
{
    private readonly int? asked;

    public static VoteResult None { get; } = new(new Dictionary<string, int>());

    /// <summary>Number of sure votes in the window.</summary>
    public int Votes => Counts.Values.Sum();

    /// <summary>Number of judgements in the window, sure or not; equals <see cref="Votes"/> where it is unknown.</summary>
    public int Asked
    {
        get => asked ?? Votes;
        init => asked = value;
    }

    /// <summary>Time since the first judgement of the object, at most the window; null where it is unknown.</summary>
    public TimeSpan? Observed { get; init; }

    /// <summary>The label with most votes; null while there is no sure vote.</summary>
    public string? Label => Counts.Count == 0 ? null : Counts.MaxBy(c => c.Value).Key;

    /// <summary>Share of the sure votes for these labels together, 0–1.</summary>
    public float ShareOf(params IReadOnlyCollection<string> labels) =>
        Votes == 0 ? 0 : (float)labels.Sum(l => Counts.GetValueOrDefault(l)) / Votes;
}

/// <summary>One track's votes on one attribute over the last seconds: a single frame never accuses anyone.</summary>
/// <param name="window">How far back votes count.</param>
public sealed class VoteWindow(TimeSpan window)
{
    // Label is null for an unsure judgement.
    private readonly Queue<(DateTimeOffset Time, string? Label)> judged = new();
    private DateTimeOffset began;

    /// <summary>Adds a judgement; an unsure one counts as asked but is no vote.</summary>
    public VoteResult Cast(Judgement judgement, DateTimeOffset time)
    {
        Forget(time);
        if (judged.Count == 0)
            began = time;
        judged.Enqueue((time, judgement.Sure ? judgement.Label : null));
        return Count(time);
    }

    /// <summary>The votes at a time.</summary>
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
