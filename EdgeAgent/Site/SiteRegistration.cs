using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.EdgeAgent.Site;

internal static class SiteRegistration
{
    /// <summary>The site's settings, the orders that change them from afar, and the cameras that run by them.</summary>
    /// <param name="initial">The settings where nothing was saved yet.</param>
    /// <exception cref="IOException">The folder of the keys cannot be made.</exception>
    public static IServiceCollection AddSite(this IServiceCollection services, SiteSettings initial, AgentFolders folders)
    {
        DurableKeyFiles.Add(services, folders.In("keys"));
        return services
            .AddSingleton(s => new SiteStore(
                initial,
                folders,
                s.GetRequiredService<IDataProtectionProvider>(),
                s.GetRequiredService<ILogger<SiteStore>>()
            ))
            .AddSingleton<SetupOrders>()
            .AddHostedService<CameraService>();
    }

    /// <summary>Started last: an order that waits is taken up when everything else runs.</summary>
    public static IServiceCollection AddSetupOrders(this IServiceCollection services) =>
        services.AddHostedService(s => s.GetRequiredService<SetupOrders>());
}
