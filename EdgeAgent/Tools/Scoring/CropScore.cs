using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools.Scoring;

/// <summary>A class's scores; precision and recall count confident answers only, as rules do.</summary>
internal sealed record CropClassScore(int N, double? Accuracy, double[] Interval95, double? Precision, double? Recall, double Unsure);

/// <summary>Accumulates a classifier's answers.</summary>
internal sealed class CropScore(ModelManifest manifest)
{
    private readonly List<(string Truth, Judgement By)> answers = [];

    public void Add(string truth, Judgement by) => answers.Add((truth, by));

    public int N => answers.Count;

    /// <summary>Share of the confident answers that are correct, 0–1.</summary>
    public double Accuracy => Share(Sure.Count(a => a.By.Label == a.Truth), Sure.Count()) ?? 0;

    public double[] Interval95 => Interval.Of(Sure.Count(a => a.By.Label == a.Truth), Sure.Count());

    /// <summary>Share of all answers that are correct, 0–1, when an uncertain answer counts as its most likely class.</summary>
    public double AccuracyOfAll => Share(answers.Count(a => a.By.Label == a.Truth), N) ?? 0;

    public double Unsure => 1 - (Share(Sure.Count(), N) ?? 0);

    public IReadOnlyDictionary<string, CropClassScore> PerClass =>
        manifest
            .Classes.Where(c => answers.Exists(a => a.Truth == c || a.By.Label == c))
            .ToDictionary(
                c => c,
                c =>
                {
                    var own = answers.Where(a => a.Truth == c).ToList();
                    int right = own.Count(a => a.By.Sure && a.By.Label == c),
                        sure = own.Count(a => a.By.Sure);
                    return new CropClassScore(
                        own.Count,
                        Share(right, sure),
                        Interval.Of(right, sure),
                        Share(right, Sure.Count(a => a.By.Label == c)),
                        Share(right, own.Count),
                        1 - (Share(sure, own.Count) ?? 1)
                    );
                }
            );

    private IEnumerable<(string Truth, Judgement By)> Sure => answers.Where(a => a.By.Sure);

    private static double? Share(int part, int all) => all == 0 ? null : Math.Round((double)part / all, 4);
}
