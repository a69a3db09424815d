using System.Threading.Channels;

namespace BrightKitchen.EdgeAgent.Evidence;

internal static class EvidenceRegistration
{
    /// <summary>Findings, clips and their retention. Orders wait for the disk.</summary>
    public static IServiceCollection AddEvidence(this IServiceCollection services, EvidenceOptions options, EvidenceStore store)
    {
        var orders = Channel.CreateBounded<EvidenceCommand>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.Wait });
        return services
            .AddSingleton(options)
            .AddSingleton(_ => store)
            .AddSingleton(orders.Writer)
            .AddSingleton(orders.Reader)
            .AddHostedService<EvidenceRetention>()
            .AddHostedService<EvidenceStage>();
    }
}
