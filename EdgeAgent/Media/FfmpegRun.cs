using FFMpegCore;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>Runs an ffmpeg that a token ends.</summary>
internal static class FfmpegRun
{
    /// <summary>
    /// Runs ffmpeg until it exits; cancelling <paramref name="end"/> asks it to quit, and kills it after <paramref name="grace"/>.
    /// </summary>
    /// <returns>The result, also of a run that was cancelled or that failed.</returns>
    // FFMpegCore's CancellableThrough(token) throws out of the code that cancels, which may be a timer or a background service, when ffmpeg
    // closes its standard input at that moment. The run is marked as cancelled before the write that fails.
    public static async Task<FFMpegResult> RunAsync(
        this FFMpegArgumentProcessor ffmpeg,
        FFOptions options,
        TimeSpan grace,
        CancellationToken end
    )
    {
        ffmpeg.CancellableThrough(out var cancel, grace);
        await using var registration = end.Register(() =>
        {
            try
            {
                cancel();
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // It is exiting, or has exited.
            }
        });
        return await ffmpeg.ProcessAsynchronously(throwOnError: false, options, CancellationToken.None);
    }
}
