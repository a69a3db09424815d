namespace BrightKitchen.EdgeAgent.LocalApi;

internal static class LocalApiRegistration
{
    /// <summary>Registers the API for the kiosk on the same site.</summary>
    public static IServiceCollection AddLocalApi(this IServiceCollection services) => services.AddSingleton<KioskKey>();
}
