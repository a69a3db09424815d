namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Waits with a time limit.</summary>
internal static class TimeLimit
{
    /// <summary>Awaits a result; null if it takes longer than <paramref name="longest"/> or the caller disconnects.</summary>
    public static async Task<T?> OrNullAsync<T>(Func<CancellationToken, Task<T?>> ask, TimeSpan longest, CancellationToken gone)
        where T : class
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(gone);
        wait.CancelAfter(longest);
        try
        {
            return await ask(wait.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
