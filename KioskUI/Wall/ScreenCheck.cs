using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BrightKitchen.KioskUI.Wall;

/// <summary>
/// Whether the wall still polls for the day. A page that crashed in its browser does not recover, so that its supervisor
/// (Service/bright-kitchen-screen) must restart it.
/// </summary>
internal sealed class ScreenCheck(TimeProvider time) : IHealthCheck
{
    /// <summary>Time without a poll after which the check fails; the wall polls every three seconds.</summary>
    public static readonly TimeSpan Silent = TimeSpan.FromSeconds(20);

    private const long Never = long.MinValue;
    private long asked = Never;

    public void Asked() => Interlocked.Exchange(ref asked, time.GetTimestamp());

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            Interlocked.Read(ref asked) is not Never and var last && time.GetElapsedTime(last) <= Silent
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"no display has polled for {Silent.TotalSeconds:0} s")
        );
}
