using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Recording;

internal static class RecordingRegistration
{
    /// <summary>Registers continuous recording and its retention.</summary>
    public static IServiceCollection AddRecording(this IServiceCollection services, RecordingOptions options, AgentFolders folders) =>
        services
            .AddSingleton(options)
            .AddSingleton(s => new Recordings(folders.In("recordings"), s.GetRequiredService<ILogger<Recordings>>()))
            .AddHostedService<RecordingStage>()
            .AddHostedService<RecordingRetention>();
}
