using System.Threading.Channels;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.Contracts;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>
/// Batches reported findings: those that arrive during one transaction go into the next, so that a burst costs few syncs and a single
/// finding is stored without delay. While the queue is full, edge agents wait and retain their findings.
/// </summary>
internal sealed class FindingIntakeQueue(IServiceScopeFactory scopes) : BackgroundService, IFindingIntake
{
    private const int BatchSize = 200;
    private const int QueueLength = 2000;
    private const int MaxAttempts = 3;
    private readonly Channel<(ReportedFinding Finding, TaskCompletionSource Stored)> queue = Channel.CreateBounded<(
        ReportedFinding,
        TaskCompletionSource
    )>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    /// <summary>Returns once the finding is stored.</summary>
    public async Task AcceptAsync(ReportedFinding finding, CancellationToken cancel)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await queue.Writer.WriteAsync((finding, stored), cancel);
        await stored.Task.WaitAsync(cancel);
    }

    Task IFindingIntake.AcceptAsync(string boxId, string siteId, FindingReport report, CancellationToken cancel) =>
        AcceptAsync(new(boxId, siteId, report), cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await queue.Reader.WaitToReadAsync(stoppingToken))
        {
            var batch = new List<(ReportedFinding Finding, TaskCompletionSource Stored)>();
            while (batch.Count < BatchSize && queue.Reader.TryRead(out var next))
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

    private async Task StoreAloneAsync((ReportedFinding Finding, TaskCompletionSource Stored) one, CancellationToken cancel)
    {
        Exception? fault = null;
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            fault = await TryStoreAsync([one], cancel);
            // Another server stored the same finding concurrently; the next attempt updates that row.
            if (fault is not DbUpdateException)
                break;
        }

        if (fault is not null)
            one.Stored.TrySetException(fault);
    }

    private async Task<Exception?> TryStoreAsync(
        List<(ReportedFinding Finding, TaskCompletionSource Stored)> batch,
        CancellationToken cancel
    )
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<FindingIntake>().StoreAsync(batch.ConvertAll(b => b.Finding), cancel);
            batch.ForEach(b => b.Stored.TrySetResult());
            return null;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            return e;
        }
    }
}
