using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>
/// Says what of one camera's public picture is blurred. It errs to the safe side: boxes are grown and held for a second after their head was seen last, a person
/// without a head is blurred where the head must be, and where the models have not looked for a while everything is. Not thread-safe.
/// </summary>
internal sealed class BlurMemory
{
    public static readonly TimeSpan Held = TimeSpan.FromSeconds(1), Late = TimeSpan.FromSeconds(1.2);

    // A head is wider with a hat, and moves while the models look.
    private const float Grown = 1.8f, HeadOfPerson = 0.4f;
    private static readonly string[] Heads = ["head", "face"];
    private readonly List<(DateTimeOffset At, BoxF Box)> kept = [];
    private DateTimeOffset looked = DateTimeOffset.MinValue;

    /// <param name="hasLooked">Whether the models looked at the picture of this time.</param>
    /// <param name="seen">What they found, weakly too.</param>
    /// <returns>Boxes in shares of the picture; null for all of it.</returns>
    public IReadOnlyList<BoxF>? PartsOf(DateTimeOffset at, bool hasLooked, IReadOnlyList<Glimpse> seen)
    {
        // A clock that was set back says nothing about what was just seen.
        if (at < looked)
        {
            looked = DateTimeOffset.MinValue;
            kept.Clear();
        }

        if (hasLooked)
        {
            looked = at;
            var heads = seen.Where(s => Heads.Contains(s.Label)).Select(s => s.Box).ToList();
            kept.AddRange(heads.Select(h => (at, Grow(h, Grown))));
            kept.AddRange(seen.Where(s => s.Label == "person").Select(s => TopOf(s.Box)).Where(top => !heads.Exists(h => Covers(top, h))).Select(top => (at, Grow(top, 1.2f))));
        }

        kept.RemoveAll(k => at - k.At > Held);
        return at - looked > Late ? null : kept.ConvertAll(k => k.Box);
    }

    private static BoxF TopOf(BoxF person) => new(person.X, person.Y, person.Width, person.Height * HeadOfPerson);

    private static bool Covers(BoxF area, BoxF head)
    {
        var (x, y) = (head.X + (head.Width / 2), head.Y + (head.Height / 2));
        return x >= area.X && x <= area.X + area.Width && y >= area.Y && y <= area.Y + area.Height;
    }

    private static BoxF Grow(BoxF box, float by) => new(box.X - (box.Width * (by - 1) / 2), box.Y - (box.Height * (by - 1) / 2), box.Width * by, box.Height * by);
}
