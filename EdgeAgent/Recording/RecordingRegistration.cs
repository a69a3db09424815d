using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Recording;

internal static class RecordingRegistration
{
    /// <summary>The continuous recordings and their retention.</summary>
    public static IServiceCollection AddRecording(this IServiceCollection services, RecordingOptions options, AgentFolders folders) =>
        services
            .AddSingleton(options)
            .AddSingleton(s => new Recordings(folders.In("recordings"), s.GetRequiredService<ILogger<Recordings>>()))
            .AddHostedService<RecordingStage>()
            .AddHostedService<RecordingRetention>();
}
