namespace BrightKitchen.Contracts;

/// <summary>The kinds of finding; the codes go over the wire and into the database.</summary>
public static class FindingKinds
{
    public const string NoHat = "no-hat";
    public const string NoMask = "no-mask";
    public const string NoGloves = "no-gloves";
    public const string UncoveredFood = "uncovered-food";
    public const string NoUniform = "no-uniform";
    public const string Phone = "phone";
    public const string Smoking = "smoking";
    public const string BinOpen = "bin-open";
    public const string FireUnattended = "fire-unattended";
    public const string Rodent = "rodent";
    public const string Intrusion = "intrusion";
    public const string CameraDark = "camera-dark";
    public const string CameraMoved = "camera-moved";
    public const string CameraLost = "camera-lost";

    /// <summary>The box's disk is short of space or refuses what is to be kept.</summary>
    public const string BoxStorage = "box-storage";

    /// <summary>The box found damaged evidence and put it together anew.</summary>
    public const string BoxDamaged = "box-damaged";

    public static IReadOnlyList<string> All { get; } =
    [
        NoHat,
        NoMask,
        NoGloves,
        UncoveredFood,
        NoUniform,
        Phone,
        Smoking,
        BinOpen,
        FireUnattended,
        Rodent,
        Intrusion,
        CameraDark,
        CameraMoved,
        CameraLost,
        BoxStorage,
        BoxDamaged,
    ];
}

/// <summary>A box on the still, in shares of its width and height (0–1).</summary>
public sealed record SeenBox(string Label, float Score, float X, float Y, float Width, float Height);

/// <summary>What a box tells of one finding; sent again with the same id when it closes.</summary>
/// <param name="Zone">The zone's name as the installer wrote it.</param>
/// <param name="OpenedAt">When the violation began, UTC.</param>
/// <param name="ClosedAt">When it was last seen; null while it lasts.</param>
/// <param name="Score">The share of sure votes, or the detector's score where nothing is voted, 0–1.</param>
/// <param name="Models">Name and version of each model that took part.</param>
public sealed record FindingReport(
    FindingId Id,
    CameraId Camera,
    string Zone,
    string Kind,
    DateTimeOffset OpenedAt,
    DateTimeOffset? ClosedAt,
    float Score,
    IReadOnlyList<string> Models,
    IReadOnlyList<SeenBox> Boxes
)
{
    /// <summary>The most that one field of text may have.</summary>
    public const int LongestText = 100;

    /// <summary>The most that <see cref="Note"/> may have.</summary>
    public const int LongestNote = 400;

    /// <summary>The rule as it was when it opened, in words: dwell, quiet time, the settings' version.</summary>
    public string? Rule { get; init; }

    /// <summary>What a box says of itself, in words; null of what cameras see.</summary>
    public string? Note { get; init; }

    /// <summary>How many seconds the box's clock was ahead of the server's when it opened; null where the box had never asked.</summary>
    public double? ClockAheadSeconds { get; init; }

    /// <summary>A text as long as a field may be at most; no character is cut in two.</summary>
    public static string Shorten(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= LongestText ? text : text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)];
    }

    /// <summary>The most that <see cref="Models"/> may name.</summary>
    public const int MostModels = 20;

    /// <summary>Why it cannot be accepted, or null.</summary>
    public string? Fault() =>
        this switch
        {
            { Id.Value: var id } when id == Guid.Empty => "the id is empty",
            { Camera: var camera } when camera == default => "the camera is missing",
            { Zone: null or { Length: > LongestText } } => "the zone is missing or too long",
            { Kind: null or "" or { Length: > LongestText } } => "the kind is missing or too long",
            { Score: not (>= 0 and <= 1) } => "the score is not within 0–1",
            { Rule.Length: > LongestText } => "the rule is too long",
            { Note.Length: > LongestNote } => "the note is too long",
            { ClockAheadSeconds: { } ahead } when !double.IsFinite(ahead) => "the clock's difference is no number",
            { ClosedAt: { } closed } when closed < OpenedAt => "it closes before it opens",
            { Boxes: null or { Count: > 100 } } => "the boxes are missing or too many",
            { Boxes: var boxes }
                when boxes.Any(b =>
                    b?.Label is null or { Length: > LongestText } || !float.IsFinite(b.X + b.Y + b.Width + b.Height + b.Score)
                ) => "a box is empty or no number",
            { Models: null or { Count: > MostModels } } => "the models are missing or too many",
            { Models: var models } when models.Any(m => m is null or { Length: > LongestText }) => "a model's name is missing or too long",
            _ => null,
        };
}

/// <summary>The part of a finding's evidence.</summary>
public enum EvidencePart
{
    Still,
    Clip,
}
