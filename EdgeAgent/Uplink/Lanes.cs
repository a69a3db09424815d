namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>Runs tasks that share one connection and end together.</summary>
internal static class Lanes
{
    /// <summary>
    /// Runs all lanes until the first ends, then cancels the others and waits for them, so that none keeps running beside the lanes of the
    /// next connection.
    /// </summary>
    /// <exception cref="Exception">The exception of the lane that ended first.</exception>
    public static async Task RunAsync(IReadOnlyList<Func<CancellationToken, Task>> lanes, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // A lane that throws synchronously counts as ended; it must not prevent the others from starting.
        var running = lanes.Select(async lane => await lane(end.Token)).ToList();
        var first = await Task.WhenAny(running);
        await end.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }
}
