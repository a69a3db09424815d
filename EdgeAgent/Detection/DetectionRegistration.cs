using System.Threading.Channels;

namespace BrightKitchen.EdgeAgent.Detection;

internal static class DetectionRegistration
{
    /// <summary>
    /// Registers the stage from frames to observations. Observations wait for the rules; frames are dropped instead of waiting.
    /// </summary>
    public static IServiceCollection AddDetection(this IServiceCollection services, DetectionOptions options)
    {
        var observations = Channel.CreateBounded<Observation>(new BoundedChannelOptions(2) { FullMode = BoundedChannelFullMode.Wait });
        return services
            .AddSingleton(options)
            .AddSingleton(observations.Writer)
            .AddSingleton(observations.Reader)
            .AddSingleton<CameraAnalyzers>()
            .AddSingleton<OverlayBuffer>()
            .AddHostedService<DetectionStage>();
    }
}
