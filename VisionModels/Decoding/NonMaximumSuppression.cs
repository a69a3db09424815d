namespace BrightKitchen.VisionModels.Decoding;

/// <summary>Of boxes of one class that overlap, only the best stays.</summary>
public static class NonMaximumSuppression
{
    private const float Inside = 0.85f;

    /// <param name="found">Sorted in place, best first.</param>
    /// <param name="iou">Two boxes of one label that overlap by more are the same thing, 0–1.</param>
    /// <param name="neverNested">Labels of which one does not stand before another: a box inside another one is the same thing too.</param>
    public static List<Detection> Keep(List<Detection> found, float iou, IReadOnlyCollection<string> neverNested)
    {
        found.Sort((a, b) => b.Score.CompareTo(a.Score));
        var kept = new List<Detection>();
        foreach (var candidate in found)
        {
            var inside = neverNested.Contains(candidate.Label) ? Inside : 1;
            if (!kept.Exists(k => k.Label == candidate.Label && (k.Box.Iou(candidate.Box) > iou || k.Box.Overlap(candidate.Box) > inside)))
                kept.Add(candidate);
        }

        return kept;
    }
}
