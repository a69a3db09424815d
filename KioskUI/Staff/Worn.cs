using BrightKitchen.Contracts;

namespace BrightKitchen.KioskUI.Staff;

/// <summary>What a person wears according to the camera: true, false, or null while it is uncertain.</summary>
public sealed record WornLook(bool? Hat, bool? Mask, bool? Gloves, IReadOnlyList<SeenBox> Boxes, DateTimeOffset At, byte[] Picture)
{
    // Minimum detector scores: weak hand detections are ignored. With several people, the nearest (largest) one is checked.
    private const float SureHand = 0.7f;
    private const float SureHead = 0.4f;

    public static WornLook Of(IReadOnlyList<SeenBox> seen, DateTimeOffset at, byte[] picture)
    {
        var head = Nearest(seen, "head", SureHead);
        var face = Nearest(seen, "face", SureHead);
        var hands = seen.Where(s => s.Label.Split(' ')[0] == "hand" && s.Score >= SureHand).ToList();
        var shown = new[] { head, face }.OfType<SeenBox>().Concat(hands).ToList();
        return new(
            head?.Label switch
            {
                "head covered" => true,
                "head bare" => false,
                _ => null,
            },
            face?.Label switch
            {
                "face masked" => true,
                "face bare" or "face below-nose" => false,
                _ => null,
            },
            hands.Exists(h => h.Label == "hand bare") ? false
                : hands.Exists(h => h.Label == "hand gloved") ? true
                : null,
            shown,
            at,
            picture
        );
    }

    public bool? this[string what] =>
        what switch
        {
            MorningCheck.Hat => Hat,
            MorningCheck.Mask => Mask,
            MorningCheck.Gloves => Gloves,
            _ => null,
        };

    private static SeenBox? Nearest(IReadOnlyList<SeenBox> seen, string label, float least) =>
        seen.Where(s => s.Label.Split(' ')[0] == label && s.Score >= least).MaxBy(s => s.Width * s.Height);
}

/// <summary>The morning check, from the section <c>Check</c>.</summary>
public sealed class CheckOptions
{
    /// <summary>The edge agent's camera that faces the person at the kiosk; the browser's own camera when empty.</summary>
    public string Camera { get; set; } = "";

    /// <summary>Whether gloves are required at the check; hat and mask always are.</summary>
    public bool Gloves { get; set; } = true;

    internal IReadOnlyList<string> Needed =>
        Gloves ? [MorningCheck.Hat, MorningCheck.Mask, MorningCheck.Gloves] : [MorningCheck.Hat, MorningCheck.Mask];
}
