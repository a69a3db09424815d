namespace BrightKitchen.EdgeAgent.Host;

/// <summary>How long to wait before the next try: 1 s five times, 5 s, 10 s, then the longest wait, each up to a fifth more.</summary>
internal sealed class Backoff(TimeSpan longest)
{
    private static readonly int[] Seconds = [1, 1, 1, 1, 1, 5, 10];
    private int failures;

    public TimeSpan Next()
    {
        var wait = failures < Seconds.Length ? TimeSpan.FromSeconds(Seconds[failures]) : longest;
        failures++;
        return wait * (1 + (Random.Shared.NextDouble() / 5));
    }

    public void Reset() => failures = 0;
}
