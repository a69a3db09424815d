using BrightKitchen.EdgeAgent.Host;
using Microsoft.AspNetCore.DataProtection;

namespace BrightKitchen.EdgeAgent.Site;

internal static class SiteRegistration
{
    /// <summary>Registers the site's settings, the remote orders that change them, and the cameras that follow them.</summary>
    /// <param name="initial">The settings to use while none are saved.</param>
    /// <exception cref="IOException">The key folder cannot be created.</exception>
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

    /// <summary>Started last, so that a pending order is evaluated when everything else runs.</summary>
    public static IServiceCollection AddSetupOrders(this IServiceCollection services) =>
        services.AddHostedService(s => s.GetRequiredService<SetupOrders>());
}
