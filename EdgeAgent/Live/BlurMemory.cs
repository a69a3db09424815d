using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>
/// Decides which parts of one camera's public picture are blurred. There is one policy and one clock: an analysed picture is blurred at the
/// heads detected on it and at those detected within <see cref="Held"/> before it; a picture that was not analysed (the camera is dark,
/// turned away or blurred) is blurred as a whole, immediately. Bounding boxes are enlarged, and a person without a detected head is blurred
/// where the head must be. Not thread-safe.
/// </summary>
internal sealed class BlurMemory
{
    /// <summary>How long a head stays blurred after its last detection.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(1);

    // A head is wider with a hat, and moves during the analysis.
    private const float Grown = 1.8f;
    private const float HeadOfPerson = 0.4f;
    private static readonly string[] Heads = ["head", "face"];
    private readonly List<(DateTimeOffset At, RectF Box)> held = [];
    private DateTimeOffset newest = DateTimeOffset.MinValue;

    /// <param name="analysed">Whether the models analysed this picture.</param>
    /// <param name="seen">The detections on it, including low-confidence ones.</param>
    /// <returns>Bounding boxes, normalised to the picture (0–1); null for the whole picture.</returns>
    public IReadOnlyList<RectF>? PartsOf(DateTimeOffset at, bool analysed, IReadOnlyList<RawDetection> seen)
    {
        // When the clock is set back, the age of a head is unknown: hold each for the full duration again.
        if (at < newest)
        {
            for (var i = 0; i < held.Count; i++)
                held[i] = (at, held[i].Box);
        }

        newest = at;
        held.RemoveAll(h => at - h.At > Held);
        if (!analysed)
            return null;
        var heads = seen.Where(s => Heads.Contains(s.Label)).Select(s => s.Box).ToList();
        held.AddRange(heads.Select(h => (at, Grow(h, Grown))));
        // A head accounts for one person only: when two overlap, the head of the one in front may be where the other's must be.
        foreach (var person in seen.Where(s => s.Label == "person").Select(s => s.Box).OrderBy(b => b.Width * b.Height))
        {
            var top = TopOf(person);
            if (heads.FindIndex(h => Covers(top, h)) is >= 0 and var mine)
            {
                var own = heads[mine];
                heads.RemoveAll(h => Covers(own, h) || Covers(h, own));
            }
            else
            {
                held.Add((at, Grow(top, 1.2f)));
            }
        }

        return held.ConvertAll(h => h.Box);
    }

    private static RectF TopOf(RectF person) => new(person.X, person.Y, person.Width, person.Height * HeadOfPerson);

    private static bool Covers(RectF area, RectF head)
    {
        var (x, y) = (head.X + (head.Width / 2), head.Y + (head.Height / 2));
        return x >= area.X && x <= area.X + area.Width && y >= area.Y && y <= area.Y + area.Height;
    }

    private static RectF Grow(RectF box, float by) =>
        new(box.X - (box.Width * (by - 1) / 2), box.Y - (box.Height * (by - 1) / 2), box.Width * by, box.Height * by);
}
