using BrightKitchen.EdgeAgent.Detection;

namespace BrightKitchen.EdgeAgent.Live;

internal static class LiveRegistration
{
    /// <summary>Registers the blurred public pictures, which are produced while they are watched.</summary>
    public static IServiceCollection AddPublicViews(this IServiceCollection services) =>
        services
            .AddSingleton<PublicViews>()
            .AddSingleton<IWatchers>(s => s.GetRequiredService<PublicViews>())
            .AddHostedService(s => s.GetRequiredService<PublicViews>());
}
