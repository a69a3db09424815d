using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Findings;

/// <summary>
/// Detects cameras that deliver no frames, and holds the last observation of each camera. A camera that is added or reconfigured is given
/// time for its first frame. Not thread-safe.
/// </summary>
internal sealed class CameraLosses : IDisposable
{
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan FirstFrame = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(30);
    private readonly Dictionary<CameraId, Watched> cameras = [];
    private readonly Mat nothing = new(360, 640, MatType.CV_8UC3, new Scalar(60, 60, 60));

    /// <summary>Input of the rules for a lost camera, with the highest confidence.</summary>
    public static TrackedObject TrackedObject { get; } =
        new(
            0,
            RuleKind.Camera,
            1,
            new(0, 0, 1, 1),
            new Dictionary<string, VoteResult> { [RuleKind.Picture] = new(new Dictionary<string, int> { [RuleKind.Lost] = 100 }) }
        );

    /// <summary>Sets the cameras to watch; the observations of all others are disposed.</summary>
    public void Follow(IReadOnlyList<CameraOptions> wanted, DateTimeOffset now)
    {
        foreach (var gone in cameras.Keys.Except(wanted.Select(c => c.CameraId)).ToList())
        {
            cameras.Remove(gone, out var old);
            old!.Last?.Dispose();
        }

        foreach (var camera in wanted)
        {
            if (!cameras.TryGetValue(camera.CameraId, out var known))
                cameras[camera.CameraId] = new(camera, now);
            else if (!known.Camera.Same(camera))
                (known.Camera, known.Since, known.Shown) = (camera, now, false);
        }
    }

    /// <summary>Takes ownership of the observation as the camera's newest.</summary>
    /// <returns>False for a camera that was removed; the observation is then disposed.</returns>
    public bool Saw(Observation observation)
    {
        if (!cameras.TryGetValue(observation.Frame.Camera, out var known))
        {
            observation.Dispose();
            return false;
        }

        known.Last?.Dispose();
        (known.Last, known.Shown) = (observation, true);
        return true;
    }

    /// <summary>
    /// The last picture of a lost camera, 8-bit BGR, grey where it never delivered one; null while frames arrive or may still arrive.
    /// </summary>
    /// <param name="isHeard">Whether the camera answers or sends: its first frame is then awaited longer, because key frames may be
    /// rare.</param>
    public Mat? Lost(CameraId camera, DateTimeOffset now, bool isHeard)
    {
        if (!cameras.TryGetValue(camera, out var known))
            return null;
        var lost = known is { Shown: true, Last: { } last }
            ? now - last.Frame.At >= LostAfter
            : now - known.Since >= (isHeard ? FirstFrame : FirstWord);
        return !lost ? null
            : known.Last is { } shown ? shown.Frame.Bgr
            : nothing;
    }

    public void Dispose()
    {
        foreach (var known in cameras.Values)
            known.Last?.Dispose();
        nothing.Dispose();
    }

    private sealed class Watched(CameraOptions camera, DateTimeOffset since)
    {
        public CameraOptions Camera { get; set; } = camera;

        public DateTimeOffset Since { get; set; } = since;

        /// <summary>Whether a frame has arrived since the camera's settings last changed.</summary>
        public bool Shown { get; set; }

        public Observation? Last { get; set; }
    }
}
