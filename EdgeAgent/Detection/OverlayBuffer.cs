using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Recent detections as an overlay for the live view and for clips: they precede the copied fragments in an <c>emsg</c> MP4 box (ISO/IEC
/// 23009-1), timed by the fragments' own clock, which players without support for it skip. Thread-safe.
/// </summary>
internal sealed class OverlayBuffer
{
    /// <summary>
    /// Scheme URI of the <c>emsg</c> MP4 box. Its payload is <c>[{"at": seconds, "boxes": [{"l": label, "s": score, "x", "y", "w",
    /// "h"}]}]</c>, coordinates in shares of the picture (0–1).
    /// </summary>
    public const string Scheme = "urn:bright-kitchen:boxes";

    // At the highest frame rate that can be set, 25; no clip is longer than two minutes.
    private const int Most = 3000;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);
    private const float Certain = 0.6f;
    private readonly ConcurrentDictionary<CameraId, ConcurrentQueue<(DateTimeOffset At, IReadOnlyList<SeenBox> Boxes)>> seen = new();

    public void Saw(Observation observation)
    {
        if (!observation.Looked)
            return;
        var own = seen.GetOrAdd(observation.Frame.Camera, _ => new());
        own.Enqueue(
            (
                observation.Frame.At,
                [
                    .. observation
                        .Objects.Where(Sure)
                        .Select(s => new SeenBox(NameOf(s), s.Score, s.Box.X, s.Box.Y, s.Box.Width, s.Box.Height)),
                ]
            )
        );
        while (own.Count > Most || (own.TryPeek(out var oldest) && observation.Frame.At - oldest.At > Kept))
            own.TryDequeue(out _);
    }

    /// <summary>The fragment's bytes, preceded by the detections since <paramref name="sent"/>; unchanged where there are none.</summary>
    /// <param name="sent">Time of the last detection sent; updated to the last one in the result.</param>
    public byte[] With(CameraId camera, Fragment fragment, ref DateTimeOffset sent)
    {
        var since = sent;
        var fresh = seen.TryGetValue(camera, out var own) ? own.Where(s => s.At > since).ToList() : [];
        if (fresh.Count == 0)
            return fragment.Bytes;
        sent = fresh[^1].At;
        return [.. Message(fragment, (double)fragment.Start / fragment.Epoch.Timescale, fresh), .. fragment.Bytes];
    }

    /// <summary>
    /// Adds the overlay to a clip, whose timeline starts at its first fragment: each fragment is preceded by the detections of its time
    /// span.
    /// </summary>
    public IReadOnlyList<Fragment> Over(CameraId camera, IReadOnlyList<Fragment> clip)
    {
        if (!seen.TryGetValue(camera, out var own))
            return clip;
        var (all, starts) = (own.ToList(), Clip.Starts(clip));
        return
        [
            .. clip.Select(
                (f, i) =>
                    all.FindAll(s => s.At >= f.Begins && s.At < f.Arrived) is { Count: > 0 } meanwhile
                        ? f with
                        {
                            Lead = Message(f, (double)starts[i] / f.Epoch.Timescale, meanwhile),
                        }
                        : f
            ),
        ];
    }

    private static byte[] Message(Fragment fragment, double start, List<(DateTimeOffset At, IReadOnlyList<SeenBox> Boxes)> detections) =>
        Message(
            JsonSerializer.SerializeToUtf8Bytes(
                detections.ConvertAll(s => new
                {
                    at = Math.Round(start + (s.At - fragment.Begins).TotalSeconds, 3),
                    boxes = s.Boxes.Select(b => new
                    {
                        l = b.Label,
                        s = Math.Round(b.Score, 2),
                        x = Math.Round(b.X, 4),
                        y = Math.Round(b.Y, 4),
                        w = Math.Round(b.Width, 4),
                        h = Math.Round(b.Height, 4),
                    }),
                })
            )
        );

    // Appends the attribute's majority vote to the label, such as "face bare".
    private static string NameOf(TrackedObject seen) => VoteOf(seen) is { } vote ? $"{seen.Label} {vote}" : seen.Label;

    private static string? VoteOf(TrackedObject seen) =>
        seen.VoteResults.Values.Select(v => v.Label).FirstOrDefault(l => l is not (null or "none"));

    // Omits tracks that neither reach the score nor have a conclusive vote.
    private static bool Sure(TrackedObject seen) =>
        seen.Track > 0 && (seen.VoteResults.Count > 0 ? VoteOf(seen) is not null : seen.Score >= Certain);

    // emsg version 1: timescale, presentation time, duration, id, scheme, value, payload.
    private static byte[] Message(byte[] data)
    {
        var scheme = System.Text.Encoding.ASCII.GetBytes(Scheme + "\0\0");
        var box = new byte[Mp4.Header + 4 + 4 + 8 + 4 + 4 + scheme.Length + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        "emsg"u8.CopyTo(box.AsSpan(4));
        box[Mp4.Header] = 1;
        BinaryPrimitives.WriteInt32BigEndian(box.AsSpan(12), 1000);
        scheme.CopyTo(box, 32);
        data.CopyTo(box, 32 + scheme.Length);
        return box;
    }
}
