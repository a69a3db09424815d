namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Works that share one connection and end together.</summary>
internal static class Lanes
{
    /// <summary>
    /// Runs all until the first ends, then stops the others and waits for their end, so that none of them works on beside the lanes of the
    /// next connection.
    /// </summary>
    /// <exception cref="Exception">What the first one failed of.</exception>
    public static async Task RunAsync(IReadOnlyList<Func<CancellationToken, Task>> lanes, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // A lane that fails at once is one that ended, not one that keeps the others from beginning.
        var running = lanes.Select(async lane => await lane(end.Token)).ToList();
        var first = await Task.WhenAny(running);
        await end.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }
}
