using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// What the models saw of late, to be drawn over the live picture and over clips: it travels in front of the copied fragments as an
/// <c>emsg</c> box (ISO/IEC 23009-1), on the fragments' own clock, so that players that do not know it pass it over. Thread-safe.
/// </summary>
internal sealed class OverlayBuffer
{
    /// <summary>
    /// What the box's message is called; it holds <c>[{"at": seconds, "boxes": [{"l": label, "s": score, "x", "y", "w", "h"}]}]</c> in
    /// shares of the picture.
    /// </summary>
    public const string Scheme = "urn:bright-kitchen:boxes";

    // Two minutes, which no clip is longer than.
    private const int Most = 600;
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
        while (own.Count > Most)
            own.TryDequeue(out _);
    }

    /// <summary>The fragment with what was seen since a time in front of it; as it is where that is nothing.</summary>
    /// <param name="told">Up to when it was told before; set to what is told now.</param>
    public byte[] With(CameraId camera, Fragment fragment, ref DateTimeOffset told)
    {
        var since = told;
        var fresh = seen.TryGetValue(camera, out var own) ? own.Where(s => s.At > since).ToList() : [];
        if (fresh.Count == 0)
            return fragment.Bytes;
        told = fresh[^1].At;
        return [.. Message(fragment, (double)fragment.Start / fragment.Epoch.Timescale, fresh), .. fragment.Bytes];
    }

    /// <summary>
    /// The same for a clip, whose clock begins with its first fragment: each fragment leads with what was seen while it was taken.
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

    private static byte[] Message(Fragment fragment, double start, List<(DateTimeOffset At, IReadOnlyList<SeenBox> Boxes)> told) =>
        Message(
            JsonSerializer.SerializeToUtf8Bytes(
                told.ConvertAll(s => new
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

    // What is voted of somebody is said with it, such as "face bare".
    private static string NameOf(TrackedObject seen) => VoteOf(seen) is { } vote ? $"{seen.Label} {vote}" : seen.Label;

    private static string? VoteOf(TrackedObject seen) =>
        seen.VoteResults.Values.Select(v => v.Label).FirstOrDefault(l => l is not (null or "none"));

    // What is followed but neither sure nor voted of is not claimed.
    private static bool Sure(TrackedObject seen) =>
        seen.Track > 0 && (seen.VoteResults.Count > 0 ? VoteOf(seen) is not null : seen.Score >= Certain);

    // Version 1: timescale, presentation time, duration, id, scheme, value, data.
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
