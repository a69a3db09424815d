using System.Collections.Concurrent;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// Words for a stream whose key frames are rare: pictures begin late, and so do clips. Remembers over connections how rare they are.
/// </summary>
/// <param name="stream">What the stream is called in <paramref name="intervals"/>.</param>
internal sealed class KeyFrameRarity(KeyFrames frames, string stream, ConcurrentDictionary<string, TimeSpan> intervals)
{
    private static readonly TimeSpan Rare = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AsBefore = TimeSpan.FromSeconds(2);
    private string last = "";

    /// <summary>What has changed since the last call; null where nothing has.</summary>
    /// <param name="shown">Whether there is a picture.</param>
    /// <param name="waits">Whether the camera sends and there is none yet.</param>
    public string? Note(bool shown, bool waits)
    {
        if (frames.Interval is { } now && (!intervals.TryGetValue(stream, out var before) || (now - before).Duration() > AsBefore))
            intervals[stream] = now;
        var known = intervals.TryGetValue(stream, out var interval) ? interval : TimeSpan.Zero;
        var note =
            !shown && waits
                ? known > TimeSpan.Zero
                    ? $"waiting for a key frame; this camera sends one every {known.TotalSeconds:0} s"
                    : "waiting for a key frame; the camera sends pictures, but none yet that can be shown without earlier ones"
                : shown && known >= Rare
                    ? $"key frames come every {known.TotalSeconds:0} s only; set the camera's key frame interval (I-frame interval) to 1 "
                        + "or 2 s, so that clips and live pictures begin at once"
                    : "";
        if (note == last)
            return null;
        return last = note;
    }
}
