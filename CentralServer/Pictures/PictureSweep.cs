using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>
/// Removes pictures that nothing refers to: of a report that was rejected after its picture was stored, or of a kiosk whose entry never
/// arrived. A picture stored (or stored again) within the last day is retained, because its record may still be on its way; its age is that
/// of the file, which survives a restart. Whether a picture is used is checked again while neither its record nor the picture itself can be
/// written by this server.
/// </summary>
internal sealed partial class PictureSweep(
    IServiceProvider services,
    PictureFiles pictures,
    TimeProvider time,
    ILogger<PictureSweep> logger
) : BackgroundService
{
    // The first sweep runs soon after the start, so that a server that restarts daily sweeps too.
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);
    private static readonly TimeSpan First = TimeSpan.FromHours(1);
    private static readonly TimeSpan MinimumAge = TimeSpan.FromDays(1);

    /// <returns>The number of removed pictures.</returns>
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

        // Indicates a different or partially restored database, with which every picture would appear unused.
        if (used.Count == 0)
            return 0;
        var (before, removed) = (time.GetUtcNow() - MinimumAge, 0);
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

    // Records are written under the audit log's lock, so none that refers to the picture is committed between check and deletion.
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
            // The next sweep finds the same pictures: a store outage must not end the server.
            SweepFailed(e);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} pictures that nothing refers to were removed")]
    private partial void PicturesRemoved(int count);

    [LoggerMessage(LogLevel.Warning, "Pictures that nothing refers to could not be removed; the next sweep retries")]
    private partial void SweepFailed(Exception error);
}
