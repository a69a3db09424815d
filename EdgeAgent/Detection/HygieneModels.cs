using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>The models and what they remember of each camera. One caller at a time.</summary>
internal sealed class HygieneModels : IDisposable
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);
    private readonly FrameDetector detector;
    private readonly Dictionary<string, CropClassifier> attributes = [];
    private readonly Dictionary<CameraId, Tracker> trackers = [];
    private readonly Dictionary<(CameraId Camera, long Track, string Attribute), (Ballot Ballot, DateTimeOffset Used)> ballots = [];
    private readonly IReadOnlyList<string> versions;

    /// <param name="attributes">Each classifier that a rule needs; it is asked about boxes of the label that it is named after.</param>
    /// <exception cref="ModelException">A model is missing, damaged or of another kind.</exception>
    public HygieneModels(string folder, int threads, IEnumerable<string> attributes)
    {
        detector = new(folder, "detector", threads);
        foreach (var name in attributes.Distinct())
            this.attributes[name] = new(folder, name, threads);
        versions = [.. this.attributes.Values.Select(a => a.Manifest).Prepend(detector.Manifest).Select(m => $"{m.Name} {m.Version} {m.Sha256[..12]}")];
    }

    /// <summary>Looks at one frame; the observation owns it.</summary>
    public Observation Look(Frame frame)
    {
        var tracks = TrackerOf(frame.Camera).Follow(detector.Detect(frame.Bgr), frame.At);
        var verdicts = tracks.ToDictionary(t => t.Id, _ => new Dictionary<string, Verdict>());
        foreach (var (name, classifier) in attributes)
        {
            var asked = tracks.Where(t => t.Label == name).ToList();
            var judged = classifier.Judge(frame.Bgr, [.. asked.Select(t => t.Box)]);
            for (var i = 0; i < asked.Count; i++)
                verdicts[asked[i].Id][name] = BallotOf(frame, asked[i].Id, name).Cast(judged[i], frame.At);
        }

        Forget(frame.At);
        float width = frame.Bgr.Cols, height = frame.Bgr.Rows;
        return new(frame, [.. tracks.Select(t => new Sighting(t.Id, t.Label, t.Score,
            new(t.Box.X / width, t.Box.Y / height, t.Box.Width / width, t.Box.Height / height), verdicts[t.Id]))], versions);
    }

    public void Dispose()
    {
        detector.Dispose();
        foreach (var classifier in attributes.Values)
            classifier.Dispose();
    }

    private Tracker TrackerOf(CameraId camera) => trackers.TryGetValue(camera, out var tracker) ? tracker : trackers[camera] = new(Memory);

    private Ballot BallotOf(Frame frame, long track, string attribute)
    {
        var key = (frame.Camera, track, attribute);
        var ballot = ballots.TryGetValue(key, out var kept) ? kept.Ballot : new(Window);
        ballots[key] = (ballot, frame.At);
        return ballot;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, (_, used)) in ballots)
        {
            if (now - used > Window + Memory)
                ballots.Remove(key);
        }
    }
}
