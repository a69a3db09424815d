using BrightKitchen.CentralServer.Devices;

namespace BrightKitchen.CentralServer.Live;

internal static class LiveRegistration
{
    public static void AddLive(this IServiceCollection services) =>
        services
            .AddSingleton<LiveTickets>()
            .AddSingleton<LiveRelay>()
            .AddSingleton<ILiveSubscriptions>(s => s.GetRequiredService<LiveRelay>())
            .AddHostedService(s => s.GetRequiredService<LiveRelay>());
}
