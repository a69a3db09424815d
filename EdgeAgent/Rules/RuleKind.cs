using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>Where a rule gets what it looks at.</summary>
internal enum RuleSource
{
    /// <summary>The detector's boxes, and a classifier's votes on them.</summary>
    Models,

    /// <summary>A zone that was taught on site.</summary>
    TaughtZone,

    /// <summary>The picture's own state, or its absence.</summary>
    Camera,
}

/// <summary>What a rule looks at.</summary>
/// <param name="Label">The label of the sightings that it judges.</param>
/// <param name="Attribute">What is voted about them; null where being there is the violation.</param>
/// <param name="Violations">The votes that violate.</param>
/// <param name="AtFeet">The foot of the box must stand in the zone, not its middle.</param>
internal sealed record RuleKind(RuleSource Source, string Label, string? Attribute, IReadOnlyList<string> Violations, bool AtFeet = false)
{
    public const string Camera = "camera";
    public const string Picture = "picture";
    public const string Person = "person";
    public const string Zone = "zone";
    public const string State = "state";
    public const string Lost = "lost";

    /// <summary>The kinds that something shipped can see.</summary>
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

    /// <summary>Every classifier that some kind asks.</summary>
    public static IReadOnlyList<string> Attributes { get; } =
    [.. All.Values.Where(k => k.Source == RuleSource.Models).Select(k => k.Attribute).OfType<string>().Distinct()];

    /// <summary>The kinds that people ask for and nothing shipped sees, each with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Unsupported { get; } =
        new Dictionary<string, string>
        {
            [FindingKinds.Phone] = "the detector's phones could not be measured (two held-out pictures)",
            [FindingKinds.Smoking] = "there is no data to train or measure a model with",
            [FindingKinds.NoUniform] = "there is no data to train or measure a model with",
            [FindingKinds.FireUnattended] = "there is no data to train or measure a model with",
            [FindingKinds.Rodent] = "there is no data to train or measure a model with",
        };
}
