namespace BrightKitchen.CentralServer.Findings.Life;

/// <summary>Escalates overdue findings once a minute.</summary>
internal sealed partial class EscalationService(IServiceScopeFactory scopes, TimeProvider time, ILogger<EscalationService> logger)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                if (await scope.ServiceProvider.GetRequiredService<WorkflowService>().EscalateAsync(stoppingToken) is > 0 and var count)
                    Escalated(count);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // The database may be unavailable temporarily; overdue findings are escalated at the next tick.
                NotEscalated(e.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Information, "{Count} overdue findings were escalated to the next level")]
    private partial void Escalated(int count);

    [LoggerMessage(LogLevel.Warning, "Overdue findings cannot be escalated; the next check retries: {Reason}")]
    private partial void NotEscalated(string reason);
}
