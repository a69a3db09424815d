using OpenCvSharp;

namespace BrightKitchen.VisionModels.Teaching;

/// <summary>
/// Distinguishes the states of one zone after a few examples: ridge regression on embeddings, one output per state (+1 for it, −1 for the
/// others); the answer is sure only if the picture resembles an example and is not between two states.
/// </summary>
public sealed class ZoneClassifier
{
    /// <summary>
    /// Minimum difference between the outputs of the best and the second-best state for a sure answer; an unambiguous one is 2.
    /// </summary>
    private const double Margin = 0.5;

    /// <summary>Maximum distance of a picture from its nearest example, as a multiple of the spread of the examples.</summary>
    private const double Reach = 2.0;

    /// <summary>
    /// A picture nearer to an example than this share of the distance between two states resembles it, however similar the examples were to
    /// one another.
    /// </summary>
    private const double Way = 0.5;
    private const double Ridge = 0.02;
    private readonly IReadOnlyList<ZoneExample> examples;
    private readonly double[,] weights;
    private readonly double farthest;

    private ZoneClassifier(IReadOnlyList<ZoneExample> examples, IReadOnlyList<string> states, double[,] weights, double farthest) =>
        (this.examples, States, this.weights, this.farthest) = (examples, states, weights, farthest);

    public IReadOnlyList<string> States { get; }

    /// <summary>Trains on examples of two or more states.</summary>
    /// <exception cref="ArgumentException">There are fewer than two states, or the embeddings differ in length.</exception>
    public static ZoneClassifier Fit(IReadOnlyList<ZoneExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var states = examples.Select(e => e.State).Distinct().Order(StringComparer.Ordinal).ToList();
        if (states.Count < 2 || examples.Any(e => e.Embedding.Count != examples[0].Embedding.Count))
            throw new ArgumentException("Examples of at least two states, embedded by one model, are required.", nameof(examples));
        // The dual form solves a system with one row per example. The regularisation is scaled so that a rare state weighs as much as a
        // common one.
        var n = examples.Count;
        var kernel = new double[n, n];
        var count = examples.CountBy(e => e.State).ToDictionary();
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
                kernel[i, j] = kernel[j, i] = Dot(examples[i].Embedding, examples[j].Embedding) + 1;
        }

        var system = (double[,])kernel.Clone();
        for (var i = 0; i < n; i++)
            system[i, i] += Ridge * count[examples[i].State] * states.Count / n;
        var targets = new double[n, states.Count];
        for (var i = 0; i < n; i++)
        {
            for (var s = 0; s < states.Count; s++)
                targets[i, s] = examples[i].State == states[s] ? 1 : -1;
        }

        return new(examples, states, Solved(system, targets), Math.Max(Spread(examples) * Reach, Separation(examples) * Way));
    }

    // The system is symmetric and, by the regularisation, positive definite.
    private static double[,] Solved(double[,] system, double[,] targets)
    {
        using var a = Mat.FromPixelData(system.GetLength(0), system.GetLength(1), MatType.CV_64FC1, system);
        using var b = Mat.FromPixelData(targets.GetLength(0), targets.GetLength(1), MatType.CV_64FC1, targets);
        using var x = new Mat();
        if (!Cv2.Solve(a, b, x, DecompTypes.Cholesky))
            throw new InvalidOperationException("The examples cannot be separated numerically: a value is not finite.");
        x.GetRectangularArray(out double[,] weights);
        return weights;
    }

    /// <summary>Cross-validates by leaving out one occasion at a time and predicting it from the others.</summary>
    public static ZoneReport Check(IReadOnlyList<ZoneExample> examples, ZoneDemands? demands = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        demands ??= new();
        var states = examples.GroupBy(e => e.State).ToList();
        if (states.Count < 2)
            return new(0, 0, 1, "Show examples of at least two states, such as open and closed.");
        if (states.Find(s => s.Select(e => e.Occasion).Distinct().Count() < demands.Occasions) is { } few)
            return new(
                0,
                0,
                1,
                $"State '{few.Key}' was shown on {few.Select(e => e.Occasion).Distinct().Count()} occasions; show it "
                    + $"on at least {demands.Occasions}, minutes apart or in different light."
            );
        int right = 0,
            sure = 0;
        foreach (var occasion in examples.GroupBy(e => e.Occasion))
        {
            var rest = examples.Where(e => e.Occasion != occasion.Key).ToList();
            if (rest.Select(e => e.State).Distinct().Count() < 2)
                continue;
            var learnt = Fit(rest);
            foreach (var judged in occasion.Select(e => (e.State, By: learnt.Judge(e.Embedding))).Where(j => j.By.Sure))
            {
                sure++;
                right += judged.By.Label == judged.State ? 1 : 0;
            }
        }

        var accuracy = sure == 0 ? 0 : (float)right / sure;
        var unsure = 1 - ((float)sure / examples.Count);
        var refusal =
            accuracy < demands.Accuracy
                ? $"The states cannot be distinguished: {accuracy:P0} of the sure answers are correct, {demands.Accuracy:P0} are required. "
                    + "Draw the zone more tightly, light it better or show clearer examples."
            : unsure > demands.Unsure
                ? $"{unsure:P0} of the examples remain unsure, {demands.Unsure:P0} at most are allowed. Show more examples of how it "
                    + "looks at different times of the day."
            : null;
        return new(examples.Count, accuracy, unsure, refusal);
    }

    /// <summary>The state of a picture; the score is the margin relative to an unambiguous one, 0–1.</summary>
    public Judgement Judge(IReadOnlyList<float> embedding)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        var outputs = new double[States.Count];
        var nearest = double.MaxValue;
        for (var i = 0; i < examples.Count; i++)
        {
            var dot = Dot(examples[i].Embedding, embedding);
            nearest = Math.Min(nearest, Distance(dot));
            for (var s = 0; s < outputs.Length; s++)
                outputs[s] += weights[i, s] * (dot + 1);
        }

        var best = Array.IndexOf(outputs, outputs.Max());
        var margin = outputs[best] - outputs.Where((_, s) => s != best).Max();
        return new(States[best], (float)Math.Clamp(margin / 2, 0, 1), margin >= Margin && nearest <= farthest);
    }

    // 90th percentile of the distance from an example to the nearest one of another occasion of its state; novel pictures are farther.
    private static double Spread(IReadOnlyList<ZoneExample> examples)
    {
        var nearest = examples
            .Select(e =>
                examples
                    .Where(o => o.State == e.State && o.Occasion != e.Occasion)
                    .Select(o => Distance(Dot(o.Embedding, e.Embedding)))
                    .DefaultIfEmpty(double.NaN)
                    .Min()
            )
            .Where(d => !double.IsNaN(d))
            .Order()
            .ToList();
        return nearest.Count == 0 ? double.MaxValue : Math.Max(nearest[(int)(nearest.Count * 0.9)], 0.02);
    }

    // Smallest distance between two examples of different states.
    private static double Separation(IReadOnlyList<ZoneExample> examples) =>
        examples.SelectMany(e => examples.Where(o => o.State != e.State), (e, o) => Distance(Dot(o.Embedding, e.Embedding))).Min();

    private static double Distance(double dot) => Math.Sqrt(Math.Max(0, 2 - (2 * dot)));

    private static double Dot(IReadOnlyList<float> a, IReadOnlyList<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Count; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
