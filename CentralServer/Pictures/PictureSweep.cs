using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>
/// Removes pictures that nothing refers to: of a report that was refused after its picture was stored, or of a kiosk whose entry never
/// came. One that was stored, or stored again, within a day is left alone, as its record may be on its way: its age is that of the file,
/// which outlives a restart. Whether it is used is asked once more when neither its record nor the picture itself can be written here.
/// </summary>
internal sealed partial class PictureSweep(
    IServiceProvider services,
    PictureFiles pictures,
    TimeProvider time,
    ILogger<PictureSweep> logger
) : BackgroundService
{
    // The first one soon after the start: a server that is started every day sweeps too.
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);
    private static readonly TimeSpan First = TimeSpan.FromHours(1);
    private static readonly TimeSpan LeftAlone = TimeSpan.FromDays(1);

    /// <returns>How many were removed.</returns>
    public async Task<int> SweepAsync(CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CentralDb>();
        var references = scope.ServiceProvider.GetServices<IPictureReferences>().ToList();
        var used = new HashSet<string>();
        foreach (var digests in references.SelectMany(r => r.Of(db)))
        {
            await foreach (var digest in digests.Where(d => d != null).AsAsyncEnumerable().WithCancellation(cancel))
                used.Add(digest!);
        }

        // Another database, or one that is restored half: then every picture looks unused.
        if (used.Count == 0)
            return 0;
        var (before, removed) = (time.GetUtcNow() - LeftAlone, 0);
        await foreach (var digest in pictures.AllAsync(cancel))
        {
            if (
                !used.Contains(digest)
                && await pictures.IsOlderAsync(digest, before, cancel)
                && await RemoveAsync(db, references, digest, before, cancel)
            )
                removed++;
        }

        if (removed > 0)
            PicturesRemoved(removed);
        return removed;
    }

    // Records are written under the audit log's lock: none that refers to it is committed between the question and the deletion.
    private async Task<bool> RemoveAsync(
        CentralDb db,
        IReadOnlyList<IPictureReferences> references,
        string digest,
        DateTimeOffset before,
        CancellationToken cancel
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await TransactionLock.EnterAsync(db, AuditLog.WritersLock, cancel);
        return await pictures.RemoveAsync(digest, before, async () => !await IsUsedAsync(db, references, digest, cancel), cancel);
    }

    private static async Task<bool> IsUsedAsync(
        CentralDb db,
        IReadOnlyList<IPictureReferences> references,
        string digest,
        CancellationToken cancel
    )
    {
        foreach (var digests in references.SelectMany(r => r.Of(db)))
        {
            if (await digests.AnyAsync(d => d == digest, cancel))
                return true;
        }

        return false;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(First, time, stoppingToken);
        await TrySweepAsync(stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await TrySweepAsync(stoppingToken);
    }

    private async Task TrySweepAsync(CancellationToken cancel)
    {
        try
        {
            await SweepAsync(cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // The next one finds the same: a store that is away for a while must not end the server.
            SweepFailed(e);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} pictures that nothing refers to were removed")]
    private partial void PicturesRemoved(int count);

    [LoggerMessage(LogLevel.Warning, "Pictures that nothing refers to could not be removed; the next sweep tries again")]
    private partial void SweepFailed(Exception error);
}
