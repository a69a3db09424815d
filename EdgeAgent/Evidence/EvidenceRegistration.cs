using System.Threading.Channels;

namespace BrightKitchen.EdgeAgent.Evidence;

internal static class EvidenceRegistration
{
    /// <summary>Registers the evidence store, the stage that writes to it and its retention. Commands wait when the disk is slow.</summary>
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
