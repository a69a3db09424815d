namespace BrightKitchen.EdgeAgent.Host;

/// <summary>
/// Delay before the next attempt: five times 1 s, then 5 s, 10 s and <paramref name="longest"/>, each with up to 20 % jitter.
/// </summary>
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
