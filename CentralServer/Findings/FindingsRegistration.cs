using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Findings;

internal static class FindingsRegistration
{
    public static void AddFindings(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSingleton<FindingFeed>()
            .AddScoped<FindingIntake>()
            .AddSingleton<IntakeStage>()
            .AddSingleton<IFindingIntake>(s => s.GetRequiredService<IntakeStage>())
            .AddHostedService(s => s.GetRequiredService<IntakeStage>());
        services
            .AddScoped<FindingLife>()
            .AddScoped<Dismissals>()
            .AddScoped<IDeviceTroubles, DeviceTroubles>()
            .AddSingleton<IPictureReferences, StepPictures>()
            .AddHostedService<Escalator>();
        if (configuration.GetConnectionString("Redis") is { Length: > 0 })
            services.AddHostedService<FeedRelay>();
    }
}
