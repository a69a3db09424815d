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
        // Only the installer's port uses HTTPS, and it is open to the site's network.
        app.Use(
            (http, next) =>
            {
                if (!http.Request.IsHttps || !http.Request.Path.StartsWithSegments("/metrics"))
                    return next(http);
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );
        app.MapPrometheusScrapingEndpoint();
    }
}
