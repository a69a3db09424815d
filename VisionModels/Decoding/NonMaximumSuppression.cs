namespace BrightKitchen.VisionModels.Decoding;

/// <summary>Of boxes of one class that overlap, only the best stays.</summary>
public static class NonMaximumSuppression
{
    /// <param name="found">Sorted in place, best first.</param>
    /// <param name="iou">Two boxes of one label that overlap by more are the same thing, 0–1.</param>
    public static List<Detection> Keep(List<Detection> found, float iou)
    {
        found.Sort((a, b) => b.Score.CompareTo(a.Score));
        var kept = new List<Detection>();
        foreach (var candidate in found)
        {
            if (!kept.Exists(k => k.Label == candidate.Label && k.Box.Iou(candidate.Box) > iou))
                kept.Add(candidate);
        }

        return kept;
    }
}
