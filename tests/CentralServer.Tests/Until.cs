namespace BrightKitchen.CentralServer.Tests;

/// <summary>Waits for what must come, and no longer than a minute.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static Task Async(Func<bool> holds) => Async(() => Task.FromResult(holds()));

    public static async Task Async(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (!await holds())
            await Task.Delay(Pause, limit.Token);
    }
}
