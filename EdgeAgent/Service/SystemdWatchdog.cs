using System.Globalization;
using BrightKitchen.EdgeAgent.Host;
using Microsoft.Extensions.Hosting.Systemd;

namespace BrightKitchen.EdgeAgent.Service;

/// <summary>
/// Tells systemd that the box is ready, and then that it is alive for as long as its rules turn, so that a box that hangs is started anew.
/// A full disk makes the rules wait on purpose and is no reason to start anew. Does nothing where systemd did not start the box.
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
