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
            .AddSingleton<FindingIntakeQueue>()
            .AddSingleton<IFindingIntake>(s => s.GetRequiredService<FindingIntakeQueue>())
            .AddHostedService(s => s.GetRequiredService<FindingIntakeQueue>());
        services
            .AddScoped<WorkflowService>()
            .AddScoped<Dismissals>()
            .AddScoped<IDeviceFaults, DeviceFaults>()
            .AddSingleton<IPictureReferences, StepPictures>()
            .AddHostedService<EscalationService>();
        if (configuration.GetConnectionString("Redis") is { Length: > 0 })
            services.AddHostedService<FeedRelay>();
    }
}
