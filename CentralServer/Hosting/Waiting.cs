namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Waits that end.</summary>
internal static class Waiting
{
    /// <summary>Null where it did not come in time, or whoever asked is gone.</summary>
    public static async Task<T?> InTimeAsync<T>(Func<CancellationToken, Task<T?>> ask, TimeSpan longest, CancellationToken gone)
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
