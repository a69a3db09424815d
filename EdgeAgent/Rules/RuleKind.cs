using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>Source of the objects that a rule evaluates.</summary>
internal enum RuleSource
{
    /// <summary>The detector's bounding boxes and the classifiers' votes on them.</summary>
    Models,

    /// <summary>A zone that was taught on site.</summary>
    TaughtZone,

    /// <summary>The health of the picture, or its absence.</summary>
    Camera,
}

/// <summary>What a rule evaluates.</summary>
/// <param name="Label">Label of the objects that it evaluates.</param>
/// <param name="Attribute">Attribute whose votes decide; null where presence is the violation.</param>
/// <param name="Violations">Votes that are violations.</param>
/// <param name="AtFeet">Whether the bottom centre of the bounding box must be in the zone instead of its centre.</param>
internal sealed record RuleKind(RuleSource Source, string Label, string? Attribute, IReadOnlyList<string> Violations, bool AtFeet = false)
{
    public const string Camera = "camera";
    public const string Picture = "picture";
    public const string Person = "person";
    public const string Zone = "zone";
    public const string State = "state";
    public const string Lost = "lost";

    /// <summary>The kinds that the shipped models support.</summary>
    public static IReadOnlyDictionary<string, RuleKind> All { get; } =
        new Dictionary<string, RuleKind>
        {
            [FindingKinds.NoHat] = new(RuleSource.Models, "head", "head", ["bare"]),
            [FindingKinds.NoMask] = new(RuleSource.Models, "face", "face", ["bare", "below-nose"]),
            [FindingKinds.NoGloves] = new(RuleSource.Models, "hand", "hand", ["bare"]),
            [FindingKinds.Intrusion] = new(RuleSource.Models, Person, null, [], AtFeet: true),
            [FindingKinds.UncoveredFood] = new(RuleSource.TaughtZone, Zone, State, ["uncovered"]),
            [FindingKinds.BinOpen] = new(RuleSource.TaughtZone, Zone, State, ["open"]),
            [FindingKinds.CameraDark] = new(RuleSource.Camera, Camera, Picture, ["dark", "blurred"]),
            [FindingKinds.CameraMoved] = new(RuleSource.Camera, Camera, Picture, ["moved"]),
            [FindingKinds.CameraLost] = new(RuleSource.Camera, Camera, Picture, [Lost, "frozen"]),
        };

    /// <summary>Names of all classifiers that the kinds need.</summary>
    public static IReadOnlyList<string> Attributes { get; } =
    [.. All.Values.Where(k => k.Source == RuleSource.Models).Select(k => k.Attribute).OfType<string>().Distinct()];

    /// <summary>Kinds that users request but no shipped model supports, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Unsupported { get; } =
        new Dictionary<string, string>
        {
            [FindingKinds.Phone] = "the detector's accuracy for phones could not be measured (two held-out pictures)",
            [FindingKinds.Smoking] = "there is no data to train or evaluate a model",
            [FindingKinds.NoUniform] = "there is no data to train or evaluate a model",
            [FindingKinds.FireUnattended] = "there is no data to train or evaluate a model",
            [FindingKinds.Rodent] = "there is no data to train or evaluate a model",
        };
}
