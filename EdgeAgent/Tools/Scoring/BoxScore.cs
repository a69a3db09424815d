using BrightKitchen.VisionModels;

namespace BrightKitchen.EdgeAgent.Tools.Scoring;

/// <summary>A class's scores: AP50 over all thresholds, precision and recall at the shipped threshold.</summary>
internal sealed record BoxClassScore(int N, double Ap50, double[] Interval95, double Precision, double Recall);

/// <summary>
/// Matches detected bounding boxes with the ground truth at an intersection over union of at least 0.5, highest score first.
/// </summary>
internal sealed class BoxScore(float threshold)
{
    private const int Resamples = 200;
    private readonly Dictionary<string, List<Picture>> pictures = [];

    public void Add(string label, IReadOnlyList<RectF> truth, IReadOnlyList<(float Score, RectF Box)> found)
    {
        var free = truth.ToList();
        var hits = new List<(float, bool)>();
        foreach (var (score, box) in found.OrderByDescending(f => f.Score))
        {
            var best = free.Count == 0 ? default : free.MaxBy(t => t.Iou(box));
            var hit = free.Count > 0 && best.Iou(box) >= 0.5f;
            if (hit)
                free.Remove(best);
            hits.Add((score, hit));
        }

        if (!pictures.TryGetValue(label, out var list))
            pictures[label] = list = [];
        list.Add(new(truth.Count, hits));
    }

    public IReadOnlyDictionary<string, BoxClassScore> PerClass =>
        pictures.ToDictionary(
            p => p.Key,
            p =>
            {
                var n = p.Value.Sum(v => v.Known);
                var at = p.Value.SelectMany(v => v.Found).Where(f => f.Score >= threshold).ToList();
                var right = at.Count(f => f.Hit);
                return new BoxClassScore(
                    n,
                    Math.Round(Ap(p.Value), 4),
                    Resampled(p.Value),
                    Math.Round(at.Count == 0 ? 0 : (double)right / at.Count, 4),
                    Math.Round(n == 0 ? 0 : (double)right / n, 4)
                );
            }
        );

    private static double Ap(IReadOnlyList<Picture> pictures)
    {
        var known = pictures.Sum(p => p.Known);
        var found = pictures.SelectMany(p => p.Found).OrderByDescending(f => f.Score).ToList();
        if (known == 0)
            return 0;
        var precision = new double[found.Count];
        for (int i = 0, hits = 0; i < found.Count; i++)
            precision[i] = (hits += found[i].Hit ? 1 : 0) / (i + 1.0);
        for (var i = precision.Length - 2; i >= 0; i--)
            precision[i] = Math.Max(precision[i], precision[i + 1]);
        return found.Select((f, i) => f.Hit ? precision[i] : 0).Sum() / known;
    }

    // The bootstrap resamples pictures, not bounding boxes: bounding boxes of one picture are correlated.
    private static double[] Resampled(List<Picture> pictures)
    {
        var random = new Random(7);
        var values = Enumerable
            .Range(0, Resamples)
            .Select(_ => Ap([.. Enumerable.Range(0, pictures.Count).Select(_ => pictures[random.Next(pictures.Count)])]))
            .Order()
            .ToList();
        return [Math.Round(values[(int)(Resamples * 0.025)], 4), Math.Round(values[(int)(Resamples * 0.975)], 4)];
    }

    private sealed record Picture(int Known, IReadOnlyList<(float Score, bool Hit)> Found);
}
