using System.Collections.Concurrent;
using System.Threading.Channels;

namespace BrightKitchen.CentralServer.Audit;

/// <summary>
/// Records who views unblurred pictures, before they are shown. Concurrent views are written in one batch, and a repeated view within ten
/// minutes is recorded once.
/// </summary>
internal sealed partial class ClearViewLog(IServiceScopeFactory scopes, TimeProvider time, ILogger<ClearViewLog> logger) : BackgroundService
{
    private const int BatchSize = 200;
    private const int Capacity = 50_000;
    private static readonly TimeSpan RepeatWindow = TimeSpan.FromMinutes(10);
    private readonly Channel<(AuditNote Note, TaskCompletionSource Written)> queue = Channel.CreateBounded<(
        AuditNote,
        TaskCompletionSource
    )>(1000);
    private readonly ConcurrentDictionary<(string Person, string Subject), DateTimeOffset> recent = new();

    /// <summary>Returns once the view is recorded in the log.</summary>
    public async Task RecordAsync(string personId, string? siteId, string subject, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (recent.TryGetValue((personId, subject), out var last) && now - last < RepeatWindow)
            return;
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await queue.Writer.WriteAsync((new(personId, AuditActions.View, siteId, subject), written), cancel);
        await written.Task.WaitAsync(cancel);
        if (recent.Count > Capacity)
            recent.Clear();
        recent[(personId, subject)] = now;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await queue.Reader.WaitToReadAsync(stoppingToken))
        {
            var batch = new List<(AuditNote Note, TaskCompletionSource Written)>();
            while (batch.Count < BatchSize && queue.Reader.TryRead(out var next))
                batch.Add(next);
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<AuditLog>().WriteAsync(batch.ConvertAll(b => b.Note), stoppingToken);
                batch.ForEach(b => b.Written.SetResult());
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // A view that cannot be recorded is refused.
                NotWritten(e.Message);
                batch.ForEach(b => b.Written.SetException(new InvalidOperationException("The audit log cannot be written.", e)));
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The audit log cannot be written; until it can, clear pictures are not shown: {Reason}")]
    private partial void NotWritten(string reason);
}
