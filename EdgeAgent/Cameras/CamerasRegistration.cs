namespace BrightKitchen.EdgeAgent.Cameras;

internal static class CamerasRegistration
{
    /// <summary>The cameras' places, their states and the requests for single frames; <c>Site</c> runs them.</summary>
    public static IServiceCollection AddCameras(this IServiceCollection services, CamerasOptions options) =>
        services.AddSingleton(options).AddSingleton<CameraStatus>().AddSingleton<CameraSet>().AddSingleton<FrameRequests>();
}
