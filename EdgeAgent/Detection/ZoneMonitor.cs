using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Teaching;
using BrightKitchen.VisionModels.Tracking;

namespace BrightKitchen.EdgeAgent.Detection;

/// <summary>Classifies the state of one taught zone about three times a second and accumulates votes on it.</summary>
internal sealed class ZoneMonitor
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.3);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);
    private readonly TaughtZone zone;
    private readonly ZoneClassifier classifier;
    private readonly VoteWindow ballot = new(Window);
    private readonly Cadence turns = new(Interval);

    /// <param name="path">A file written by <see cref="TaughtZone.Write"/>.</param>
    /// <exception cref="ModelException">The file is unreadable, or the zone's states cannot be distinguished.</exception>
    public ZoneMonitor(string path, Embedder embedder)
    {
        zone = TaughtZone.Read(path, embedder);
        if (ZoneClassifier.Check(zone.Examples) is { Refusal: { } why })
            throw new ModelException($"The zone '{zone.Name}' is not armed. {why}");
        classifier = ZoneClassifier.Fit(zone.Examples);
    }

    public string Name => zone.Name;

    /// <summary>The states that the zone was taught.</summary>
    public IReadOnlyList<string> States => classifier.States;

    /// <summary>Classifies the zone when due, and returns its votes as an object without a track.</summary>
    /// <param name="by">The models to use; the embedder must be of the model that the zone was taught with.</param>
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
