using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>
/// Says what of one camera's public picture is blurred. There is one policy and one clock: a picture that the models analysed is blurred at
/// the heads found on it and at those found within the <see cref="Held"/> before it; a picture that they did not analyse (the camera is
/// dark, turned away or blurred) is blurred as a whole, at once. Bounding boxes are grown, and a person without a head is blurred where the
/// head must be. Not thread-safe.
/// </summary>
internal sealed class BlurMemory
{
    /// <summary>How long a head stays blurred after the analysis that found it last.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(1);

    // A head is wider with a hat, and moves while the models look.
    private const float Grown = 1.8f;
    private const float HeadOfPerson = 0.4f;
    private static readonly string[] Heads = ["head", "face"];
    private readonly List<(DateTimeOffset At, RectF Box)> held = [];
    private DateTimeOffset newest = DateTimeOffset.MinValue;

    /// <param name="analysed">Whether the models analysed this very picture.</param>
    /// <param name="seen">What they found on it, weakly too.</param>
    /// <returns>Bounding boxes in shares of the picture; null for all of it.</returns>
    public IReadOnlyList<RectF>? PartsOf(DateTimeOffset at, bool analysed, IReadOnlyList<RawDetection> seen)
    {
        // When the clock is set back, nothing is known of how old a head is: each is held for the whole time once more.
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
        // A head excuses one person only: of two who overlap, the head of the one in front may lie where the other's must be.
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
