namespace BrightKitchen.EdgeAgent.Cameras;

internal static class CamerasRegistration
{
    /// <summary>Registers the camera slots, their states and the requests for single frames; <c>Site</c> runs the supervisors.</summary>
    public static IServiceCollection AddCameras(this IServiceCollection services, CamerasOptions options) =>
        services.AddSingleton(options).AddSingleton<CameraStatus>().AddSingleton<CameraSet>().AddSingleton<FrameRequests>();
}
