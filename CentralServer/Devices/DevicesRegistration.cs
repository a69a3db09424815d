using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Notifications;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.CentralServer.Devices;

internal static class DevicesRegistration
{
    private const int LargestHubMessage = 256 * 1024;

    public static void AddDevices(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<Enrolment>().AddScoped<SetupService>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, BoxAuthentication>(BoxAuthentication.SchemeName, null);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(BoxAuthentication.Policy, p => p.AddAuthenticationSchemes(BoxAuthentication.SchemeName).RequireAuthenticatedUser());
        services.AddLimitByAddress(
            DeviceEndpoints.EnrolmentLimit,
            configuration.GetValue("Enrolment:TriesPerMinute", 10),
            TimeSpan.FromMinutes(1)
        );
        var hubs = services.AddSignalR(hub => hub.MaximumReceiveMessageSize = LargestHubMessage);
        if (configuration.GetConnectionString("Redis") is not { Length: > 0 } redis)
            return;
        hubs.AddRedis(redis);
        services.AddSingleton<HubLifetimeManager<BoxHub>, EdgeAgentConnections>();
    }
}
