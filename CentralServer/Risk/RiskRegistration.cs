namespace BrightKitchen.CentralServer.Risk;

internal static class RiskRegistration
{
    public static void AddRisk(this IServiceCollection services) =>
        services.AddScoped<RiskBook>().AddScoped<DrawDesk>().AddHostedService<RiskClock>();
}
