using System.Threading.Channels;

namespace BrightKitchen.EdgeAgent.Detection;

internal static class DetectionRegistration
{
    /// <summary>Frames to observations. Observations wait for the rules; frames do not wait.</summary>
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
