namespace BrightKitchen.CentralServer.City;

internal static class CityRegistration
{
    public static void AddCity(this IServiceCollection services) => services.AddSingleton<CityFiguresCache>().AddScoped<CityFigures>();
}
