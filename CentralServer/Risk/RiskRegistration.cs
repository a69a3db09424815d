namespace BrightKitchen.CentralServer.Risk;

internal static class RiskRegistration
{
    public static void AddRisk(this IServiceCollection services) =>
        services.AddScoped<RiskCalculator>().AddScoped<DrawService>().AddHostedService<RiskRefreshService>();
}
