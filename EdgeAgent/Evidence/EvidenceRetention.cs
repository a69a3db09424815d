using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>
/// Deletes delivered evidence that is older than <see cref="EvidenceOptions.KeepDays"/>. Evidence that is not yet delivered is never
/// deleted, whatever its age.
/// </summary>
internal sealed partial class EvidenceRetention(
    EvidenceOptions options,
    EvidenceStore store,
    AgentClock clock,
    ILogger<EvidenceRetention> logger
) : BackgroundService
{
    private const long WorthIt = 64 << 20;
    private static readonly TimeSpan Tick = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        string? logged = null;
        using var timer = new PeriodicTimer(Tick, clock);
        do
        {
            if (store.Rescued is { } rescued && rescued != logged)
                StoreRescued(logged = rescued);
            try
            {
                if (store.Prune(clock.ToldNow() - TimeSpan.FromDays(options.KeepDays)) is > 0 and var gone)
                    EvidencePruned(gone, options.KeepDays);
                // More than half of the file is free space: return it to the disk.
                if (store.FileBytes > WorthIt && store.FileBytes > store.LiveBytes * 2 && store.Compact() is > 0 and var freed)
                    Compacted(freed);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                NotPruned(e.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "{What}")]
    private partial void StoreRescued(string what);

    [LoggerMessage(LogLevel.Information, "{Count} delivered findings older than {Days} days were deleted")]
    private partial void EvidencePruned(int count, int days);

    [LoggerMessage(LogLevel.Information, "The evidence database was compacted; {Bytes} bytes were freed")]
    private partial void Compacted(long bytes);

    [LoggerMessage(LogLevel.Warning, "Old evidence cannot be deleted: {Reason}")]
    private partial void NotPruned(string reason);
}
