namespace BrightKitchen.VisionModels.Decoding;

/// <summary>Keeps only the best of overlapping bounding boxes of one class.</summary>
public static class NonMaximumSuppression
{
    private const float Inside = 0.85f;

    /// <param name="found">Sorted in place, best first.</param>
    /// <param name="iou">Intersection over union (0–1) above which two bounding boxes of one label are the same object.</param>
    /// <param name="neverNested">Labels whose objects never appear inside one another: a bounding box of which more than 85 % lies inside
    /// another of its label is the same object too.</param>
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
