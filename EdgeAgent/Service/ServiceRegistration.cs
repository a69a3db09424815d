using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace BrightKitchen.EdgeAgent.Service;

internal static class ServiceRegistration
{
    /// <summary>Registers health checks and the systemd watchdog.</summary>
    public static IServiceCollection AddService(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<AgentReadiness>("box", tags: ["ready"]);
        return services.AddHostedService<SystemdWatchdog>();
    }

    public static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = c => c.Tags.Contains("ready") });
        app.MapPrometheusScrapingEndpoint();
    }
}
