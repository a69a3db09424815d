using BrightKitchen.EdgeAgent.Uplink;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

public sealed class LanesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_lane_works_on_after_the_connection_ended()
    {
        var (working, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var running = Lanes.RunAsync([_ => throw new IOException("the line broke"), SlowToEndAsync], Cancel);
        await working.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        // The moment alone proves nothing: who does not wait ends a little later than this continues.
        (await Task.WhenAny(running, Task.Delay(TimeSpan.FromMilliseconds(500), Cancel))).ShouldNotBe(
            running,
            "the other one is still sending"
        );
        ended.SetResult();
        (await Should.ThrowAsync<IOException>(running)).Message.ShouldBe("the line broke");

        async Task SlowToEndAsync(CancellationToken stop)
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            working.SetResult();
            await ended.Task;
        }
    }

    [Fact]
    public async Task All_end_with_the_token()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var running = Lanes.RunAsync([end => Task.Delay(Timeout.Infinite, end), end => Task.Delay(Timeout.Infinite, end)], stop.Token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running.WaitAsync(TimeSpan.FromSeconds(20), Cancel));
    }
}
