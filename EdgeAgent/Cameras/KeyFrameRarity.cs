using System.Collections.Concurrent;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// Describes the effects of rare key frames on a stream: pictures and clips start late. Remembers the interval across connections.
/// </summary>
/// <param name="stream">Key of the stream in <paramref name="intervals"/>.</param>
internal sealed class KeyFrameRarity(KeyFrames frames, string stream, ConcurrentDictionary<string, TimeSpan> intervals)
{
    private static readonly TimeSpan Rare = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AsBefore = TimeSpan.FromSeconds(2);
    private string last = "";

    /// <summary>The note for the current state, empty where there is none; null where it has not changed since the last call.</summary>
    /// <param name="shown">Whether pictures arrive.</param>
    /// <param name="waits">Whether the camera sends but no picture could be decoded yet.</param>
    public string? Note(bool shown, bool waits)
    {
        if (frames.Interval is { } now && (!intervals.TryGetValue(stream, out var before) || (now - before).Duration() > AsBefore))
            intervals[stream] = now;
        var known = intervals.TryGetValue(stream, out var interval) ? interval : TimeSpan.Zero;
        var note =
            !shown && waits
                ? known > TimeSpan.Zero
                    ? $"waiting for a key frame; this camera sends one every {known.TotalSeconds:0} s"
                    : "waiting for a key frame; the camera sends frames, but no key frame has arrived yet"
                : shown && known >= Rare
                    ? $"key frames arrive only every {known.TotalSeconds:0} s; set the camera's key frame interval (I-frame interval) to 1 "
                        + "or 2 s, so that clips and live video start immediately"
                    : "";
        if (note == last)
            return null;
        return last = note;
    }
}
