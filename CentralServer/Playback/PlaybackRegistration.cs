namespace BrightKitchen.CentralServer.Playback;

internal static class PlaybackRegistration
{
    public static void AddPlayback(this IServiceCollection services) => services.AddSingleton<PlaybackRequests>();
}
