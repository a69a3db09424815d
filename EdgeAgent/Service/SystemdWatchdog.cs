using System.Globalization;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.Extensions.Hosting.Systemd;

namespace BrightKitchen.EdgeAgent.Service;

/// <summary>
/// Notifies systemd when the edge agent is ready, and then sends watchdog notifications while its rules run, so that a hanging process is
/// restarted. A full disk makes the rules wait by design and is no reason for a restart. Inactive when systemd did not start the process.
/// </summary>
internal sealed class SystemdWatchdog(AgentHealth health, IHostApplicationLifetime lifetime, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var notifier = new SystemdNotifier();
        if (!notifier.IsEnabled)
            return;
        using var started = lifetime.ApplicationStarted.Register(() => notifier.Notify(ServiceState.Ready));
        if (
            !long.TryParse(
                Environment.GetEnvironmentVariable("WATCHDOG_USEC"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var limit
            )
            || limit < 1000
        )
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromMicroseconds(limit / 3.0), time);
        do
        {
            if (health.StoreFault is not null || time.GetElapsedTime(health.RulesTurned) < Hanging)
                notifier.Notify(new ServiceState("WATCHDOG=1"));
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
