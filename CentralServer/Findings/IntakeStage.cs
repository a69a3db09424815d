using System.Threading.Channels;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Stores what boxes tell, many in one transaction: what comes while one is written goes into the next, so that a burst costs few syncs and
/// a single finding waits for nobody. While it is full, boxes wait, and keep what they have.
/// </summary>
internal sealed class IntakeStage(IServiceScopeFactory scopes) : BackgroundService, IFindingIntake
{
    private const int AtOnce = 200;
    private const int Waiting = 2000;
    private const int Tries = 3;
    private readonly Channel<(Told Told, TaskCompletionSource Stored)> waiting = Channel.CreateBounded<(Told, TaskCompletionSource)>(
        new BoundedChannelOptions(Waiting) { SingleReader = true }
    );

    /// <summary>Returns once it is stored.</summary>
    public async Task AcceptAsync(Told told, CancellationToken cancel)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await waiting.Writer.WriteAsync((told, stored), cancel);
        await stored.Task.WaitAsync(cancel);
    }

    Task IFindingIntake.AcceptAsync(string boxId, string siteId, FindingReport report, CancellationToken cancel) =>
        AcceptAsync(new(boxId, siteId, report), cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            var batch = new List<(Told Told, TaskCompletionSource Stored)>();
            while (batch.Count < AtOnce && waiting.Reader.TryRead(out var next))
                batch.Add(next);
            var fault = await TryStoreAsync(batch, stoppingToken);
            if (fault is DbUpdateException)
            {
                // One of them does not go: each is told alone whether it did.
                foreach (var one in batch)
                    await StoreAloneAsync(one, stoppingToken);
            }
            else if (fault is not null)
            {
                // The database is away: the boxes keep them and tell again.
                batch.ForEach(b => b.Stored.TrySetException(fault));
            }
        }
    }

    private async Task StoreAloneAsync((Told Told, TaskCompletionSource Stored) one, CancellationToken cancel)
    {
        Exception? fault = null;
        for (var tries = 0; tries < Tries; tries++)
        {
            fault = await TryStoreAsync([one], cancel);
            // The same finding came on another server's line at once: the next try changes what that one stored.
            if (fault is not DbUpdateException)
                break;
        }

        if (fault is not null)
            one.Stored.TrySetException(fault);
    }

    private async Task<Exception?> TryStoreAsync(List<(Told Told, TaskCompletionSource Stored)> batch, CancellationToken cancel)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<FindingIntake>().StoreAsync(batch.ConvertAll(b => b.Told), cancel);
            batch.ForEach(b => b.Stored.TrySetResult());
            return null;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            return e;
        }
    }
}
