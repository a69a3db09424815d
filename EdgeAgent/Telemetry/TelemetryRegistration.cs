using OpenTelemetry.Metrics;

namespace BrightKitchen.EdgeAgent.Telemetry;

internal static class TelemetryRegistration
{
    /// <summary>Registers the edge agent's metrics and the .NET runtime's, for Prometheus at <c>/metrics</c>.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(m => m.AddMeter(EdgeMetrics.MeterName).AddRuntimeInstrumentation().AddPrometheusExporter());
        return services.AddSingleton<EdgeMetrics>();
    }
}
