using OpenTelemetry.Metrics;

namespace BrightKitchen.CentralServer.Notifications;

internal static class NotificationsRegistration
{
    public static void AddNotifications(this IServiceCollection services) =>
        services.AddSingleton<Notifier>().ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(Notifier.MeterName));
}
