using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Storage;

namespace BrightKitchen.CentralServer.Evidence;

internal static class EvidenceRegistration
{
    public static void AddEvidence(this IServiceCollection services, IConfiguration configuration) =>
        services
            .AddSingleton(s => new EvidenceFiles(
                Path.Combine(DataFolder.Of(configuration), "arriving"),
                s.GetRequiredService<IObjectStore>()
            ))
            .AddScoped<IChainIntake, ChainIntake>()
            .AddScoped<Holds>()
            .AddScoped<FindingPackage>();
}
