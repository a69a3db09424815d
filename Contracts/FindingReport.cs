namespace BrightKitchen.Contracts;

/// <summary>The kinds of finding; the codes are used on the wire and in the database.</summary>
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

    /// <summary>The edge agent's disk is low on space or refuses writes.</summary>
    public const string BoxStorage = "box-storage";

    /// <summary>The edge agent found damaged evidence and restored it.</summary>
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

/// <summary>A detection's bounding box on the still, normalised to its width and height (0–1).</summary>
public sealed record SeenBox(string Label, float Score, float X, float Y, float Width, float Height);

/// <summary>A finding as an edge agent reports it; sent again with the same id when it closes.</summary>
/// <param name="Zone">The zone's name as the installer entered it.</param>
/// <param name="OpenedAt">Start of the violation, UTC.</param>
/// <param name="ClosedAt">Last detection of the violation; null while it lasts.</param>
/// <param name="Score">Share of confident votes, or the detector's score where there is no vote, 0–1.</param>
/// <param name="Models">Name and version of each model involved.</param>
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
    /// <summary>Maximum length of a text field, UTF-16 code units.</summary>
    public const int LongestText = 100;

    /// <summary>Maximum length of <see cref="Note"/>, UTF-16 code units.</summary>
    public const int LongestNote = 400;

    /// <summary>The rule when the finding opened, as text: dwell, quiet time, settings version.</summary>
    public string? Rule { get; init; }

    /// <summary>The edge agent's statement about itself, as text; null for findings from cameras.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// How far the edge agent's clock was ahead of the server's when the finding opened, seconds; null when they were never compared.
    /// </summary>
    public double? ClockAheadSeconds { get; init; }

    /// <summary>Truncates a text to <see cref="LongestText"/> without splitting a surrogate pair.</summary>
    public static string Shorten(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= LongestText ? text : text[..(char.IsHighSurrogate(text[LongestText - 1]) ? LongestText - 1 : LongestText)];
    }

    /// <summary>Maximum number of entries in <see cref="Models"/>.</summary>
    public const int MostModels = 20;

    /// <summary>Why the report is invalid; null when it is valid.</summary>
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
            { ClockAheadSeconds: { } ahead } when !double.IsFinite(ahead) => "the clock offset is not a finite number",
            { ClosedAt: { } closed } when closed < OpenedAt => "its closing time is before its opening time",
            { Boxes: null or { Count: > 100 } } => "the bounding boxes are missing or too many",
            { Boxes: var boxes }
                when boxes.Any(b =>
                    b?.Label is null or { Length: > LongestText } || !float.IsFinite(b.X + b.Y + b.Width + b.Height + b.Score)
                ) => "a bounding box is empty or contains a value that is not a finite number",
            { Models: null or { Count: > MostModels } } => "the models are missing or too many",
            { Models: var models } when models.Any(m => m is null or { Length: > LongestText }) => "a model's name is missing or too long",
            _ => null,
        };
}

/// <summary>A part of a finding's evidence.</summary>
public enum EvidencePart
{
    Still,
    Clip,
}
