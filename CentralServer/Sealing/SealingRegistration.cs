namespace BrightKitchen.CentralServer.Sealing;

internal static class SealingRegistration
{
    public static void AddSealing(this IServiceCollection services) => services.AddScoped<Sealer>();
}
