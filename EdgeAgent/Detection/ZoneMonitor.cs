using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Teaching;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>Looks at one taught zone a few times a second and votes on its state.</summary>
internal sealed class ZoneMonitor
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);
    private readonly TaughtZone zone;
    private readonly ZoneClassifier classifier;
    private readonly VoteWindow ballot = new(Window);
    private readonly Cadence turns = new(Interval);

    /// <param name="path">A file that <see cref="TaughtZone.Write"/> wrote.</param>
    /// <exception cref="ModelException">It cannot be read, or its states cannot be told apart.</exception>
    public ZoneMonitor(string path, Embedder embedder)
    {
        zone = TaughtZone.Read(path, embedder);
        if (ZoneClassifier.Check(zone.Examples) is { Refusal: { } why })
            throw new ModelException($"The zone '{zone.Name}' is not armed. {why}");
        classifier = ZoneClassifier.Fit(zone.Examples);
    }

    public string Name => zone.Name;

    /// <summary>The states that it was taught.</summary>
    public IReadOnlyList<string> States => classifier.States;

    /// <param name="by">What to look with; its embedder is of the model that the zone was taught with.</param>
    public TrackedObject Look(Frame frame, ModelSet by)
    {
        if (turns.IsDue(frame.At))
        {
            turns.Done(frame.At);
            ballot.Cast(classifier.Judge(by.Embedder.Embed(frame.Bgr, zone.On(frame.Bgr))), frame.At);
        }

        return new(
            0,
            RuleKind.Zone + ":" + zone.Name,
            1,
            zone.Region,
            new Dictionary<string, VoteResult> { [RuleKind.State] = ballot.Count(frame.At) }
        );
    }
}
