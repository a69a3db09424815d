using System.Threading.Channels;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Batches reported findings: those that arrive during one transaction go into the next, so that a burst costs few syncs and a single
/// finding is stored without delay. While the queue is full, edge agents wait and retain their findings.
/// </summary>
internal sealed class IntakeStage(IServiceScopeFactory scopes) : BackgroundService, IFindingIntake
{
    private const int AtOnce = 200;
    private const int Waiting = 2000;
    private const int Tries = 3;
    private readonly Channel<(Told Told, TaskCompletionSource Stored)> waiting = Channel.CreateBounded<(Told, TaskCompletionSource)>(
        new BoundedChannelOptions(Waiting) { SingleReader = true }
    );

    /// <summary>Returns once the finding is stored.</summary>
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
                // At least one finding of the batch failed: each is stored separately, so that every sender gets its own result.
                foreach (var one in batch)
                    await StoreAloneAsync(one, stoppingToken);
            }
            else if (fault is not null)
            {
                // The database is unavailable: the edge agents retain the findings and report them again.
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
            // Another server stored the same finding concurrently; the next attempt updates that row.
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
