using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Health;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// Everything that looks at one camera's frames: people and things as often as the pace asks, taught zones by the clock, and the picture
/// itself each time.
/// </summary>
internal sealed class CameraAnalyzer : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);
    private readonly IReadOnlyList<ZoneMonitor> zones;
    private readonly Scene scene;
    private readonly AnalysisPace pace;
    private readonly PictureHealth health;
    private readonly string viewFile;
    private readonly VoteWindow picture = new(Window);
    private bool viewKept;

    /// <param name="attributes">What its rules ask of people.</param>
    /// <param name="viewFile">Where the camera's usual view is kept over restarts.</param>
    public CameraAnalyzer(
        SceneModels models,
        IReadOnlyCollection<string> attributes,
        IReadOnlyList<ZoneMonitor> zones,
        AnalysisPace pace,
        string viewFile
    )
    {
        (this.zones, this.pace, this.viewFile) = (zones, pace, viewFile);
        scene = new(models, attributes);
        var view = File.Exists(viewFile) ? File.ReadAllBytes(viewFile) : null;
        viewKept = PictureHealth.IsWhole(view);
        health = new(view);
    }

    /// <summary>Looks at one frame; the observation owns it.</summary>
    /// <param name="by">What to look with; whoever calls has it to itself.</param>
    /// <param name="always">Whether the models look although nothing moves.</param>
    public Observation Look(Frame frame, ModelSet by, bool always = false)
    {
        var state = health.Look(frame.Luma, frame.At);
        KeepView();
        var verdict = picture.Cast(new(Name(state), 1, true), frame.At);
        List<TrackedObject> seen =
        [
            new(0, RuleKind.Camera, 1, new(0, 0, 1, 1), new Dictionary<string, VoteResult> { [RuleKind.Picture] = verdict }),
        ];
        var looked = false;
        // Of a picture that is dark or shows another place nothing is claimed.
        if (state is PictureState.Good or PictureState.Frozen)
        {
            seen.AddRange(zones.Select(z => z.Look(frame, by)));
            if (pace.Due(frame.At, health.Motion) || always)
            {
                var sightings = scene.Look(frame.Bgr, frame.At, by.Models);
                pace.Looked(frame.At, sightings.Count > 0);
                looked = true;
                seen.AddRange(sightings);
            }
        }

        return new(frame, seen, by.Models.Versions, looked) { RawDetections = looked ? scene.RawDetections : [] };
    }

    public void Dispose() => health.Dispose();

    private static string Name(PictureState state) =>
        state switch
        {
            PictureState.Dark => "dark",
            PictureState.Moved => "moved",
            PictureState.Blurred => "blurred",
            PictureState.Frozen => "frozen",
            _ => "good",
        };

    // Once: what the picture drifts to slowly is learnt anew after a restart.
    private void KeepView()
    {
        if (viewKept || health.View() is not { } view)
            return;
        viewKept = true;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(viewFile)!);
            File.WriteAllBytes(viewFile, view);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk is told by whoever writes evidence; without the file the view is learnt again.
        }
    }
}
