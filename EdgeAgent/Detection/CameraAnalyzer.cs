using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Health;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>
/// The whole analysis of one camera's frames: persons and objects at the rate of <see cref="AnalysisPace"/>, taught zones at a fixed rate,
/// and the picture's health on every frame.
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
    private readonly Lock use = new();
    private bool viewKept;
    private bool disposed;

    /// <param name="attributes">Attributes of persons that the camera's rules need.</param>
    /// <param name="viewFile">File that stores the camera's reference view across restarts.</param>
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

    /// <summary>Analyses one frame; the returned observation owns it.</summary>
    /// <param name="by">The models to use; the caller must have exclusive use of them.</param>
    /// <param name="always">Whether the models run even without motion.</param>
    public Observation Look(Frame frame, ModelSet by, bool always = false)
    {
        lock (use)
        {
            // Of a camera that was removed a moment ago.
            return disposed ? new(frame, [], by.Models.Versions, Looked: false) : Analyse(frame, by, always);
        }
    }

    public void Dispose()
    {
        lock (use)
        {
            disposed = true;
            health.Dispose();
        }
    }

    private Observation Analyse(Frame frame, ModelSet by, bool always)
    {
        var state = health.Look(frame.Luma, frame.At);
        KeepView();
        var verdict = picture.Cast(new(Name(state), 1, true), frame.At);
        List<TrackedObject> seen =
        [
            new(0, RuleKind.Camera, 1, new(0, 0, 1, 1), new Dictionary<string, VoteResult> { [RuleKind.Picture] = verdict }),
        ];
        var looked = false;
        // A dark or blurred picture, or one of another place, yields no claims about the scene.
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

    private static string Name(PictureState state) =>
        state switch
        {
            PictureState.Dark => "dark",
            PictureState.Moved => "moved",
            PictureState.Blurred => "blurred",
            PictureState.Frozen => "frozen",
            _ => "good",
        };

    // Stored once: slow drift of the view is learnt again after a restart.
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
            // The evidence store reports a full disk; without the file the view is learnt again.
        }
    }
}
