namespace BrightKitchen.EdgeAgent.Uplink;

internal static class UplinkRegistration
{
    /// <summary>The line to the server: findings, clips, live pictures and recordings that it asks for.</summary>
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
