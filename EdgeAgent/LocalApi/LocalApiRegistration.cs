namespace BrightKitchen.EdgeAgent.LocalApi;

internal static class LocalApiRegistration
{
    /// <summary>What the kiosk on the same site asks for.</summary>
    public static IServiceCollection AddLocalApi(this IServiceCollection services) => services.AddSingleton<KioskKey>();
}
