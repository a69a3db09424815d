namespace BrightKitchen.CentralServer.Risk;

/// <summary>Has the scores refreshed at the interval <see cref="RiskOptions.Every"/>, by one server at a time.</summary>
internal sealed partial class RiskRefreshService(
    IServiceScopeFactory scopes,
    RiskOptions options,
    TimeProvider time,
    ILogger<RiskRefreshService> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Every, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<RiskCalculator>().RefreshAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotCalculated(e.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "The sites' risk scores cannot be calculated; the next refresh retries: {Reason}")]
    private partial void NotCalculated(string reason);
}
