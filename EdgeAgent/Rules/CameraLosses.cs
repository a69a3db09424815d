using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>Notices cameras that give no frames, and keeps what each showed last.</summary>
/// <param name="started">When the box started; a camera that never gave a frame is lost some time after.</param>
internal sealed class CameraLosses(DateTimeOffset started) : IDisposable
{
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(4), FirstFrame = TimeSpan.FromSeconds(30);
    private readonly Dictionary<CameraId, Observation> last = [];
    private readonly Mat nothing = new(360, 640, MatType.CV_8UC3, new Scalar(60, 60, 60));

    /// <summary>What a rule judges of a lost camera; as sure as votes could be.</summary>
    public static Sighting Sighting { get; } = new(0, RuleKind.Camera, 1, new(0, 0, 1, 1),
        new Dictionary<string, Verdict> { [RuleKind.Picture] = new(new Dictionary<string, int> { [RuleKind.Lost] = 100 }) });

    /// <summary>Takes the observation over, as the newest of its camera.</summary>
    public void Saw(Observation observation)
    {
        if (last.Remove(observation.Frame.Camera, out var older))
            older.Dispose();
        last[observation.Frame.Camera] = observation;
    }

    /// <summary>The last picture of a camera that gives none now, grey where it never gave one; null while frames come.</summary>
    public Mat? Lost(CameraId camera, DateTimeOffset now) => last.TryGetValue(camera, out var shown)
        ? now - shown.Frame.At >= LostAfter ? shown.Frame.Bgr : null
        : now - started >= FirstFrame ? nothing : null;

    public void Dispose()
    {
        foreach (var observation in last.Values)
            observation.Dispose();
        nothing.Dispose();
    }
}
