using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>Has the scores refreshed at the interval <see cref="RiskOptions.Every"/>, by one server at a time.</summary>
internal sealed partial class RiskClock(IServiceScopeFactory scopes, RiskOptions options, TimeProvider time, ILogger<RiskClock> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Every, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<RiskBook>().RefreshAsync(stoppingToken);
            }
            catch (DbUpdateException)
            {
                // Another server wrote the same scores concurrently.
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotWorkedOut(e.Message);
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "The sites' risk cannot be worked out and is at the next turn: {Reason}")]
    private partial void NotWorkedOut(string reason);
}
