namespace BrightKitchen.EdgeAgent.Uplink;

internal static class UplinkRegistration
{
    /// <summary>Registers the connection to the server: findings, clips, live pictures and recordings that it requests.</summary>
    public static IServiceCollection AddUplink(this IServiceCollection services, UplinkOptions options, AgentIdentity identity) =>
        services
            .AddSingleton(options)
            .AddSingleton(_ => identity)
            .AddSingleton<EvidenceUpload>()
            .AddSingleton<OutboxDelivery>()
            .AddSingleton<ChainDelivery>()
            .AddSingleton<LivePush>()
            .AddSingleton<RecallAnswers>()
            .AddHostedService<UplinkService>();
}
