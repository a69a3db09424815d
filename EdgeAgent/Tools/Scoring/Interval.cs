namespace BrightKitchen.EdgeAgent.Tools.Scoring;

/// <summary>95 % confidence intervals.</summary>
internal static class Interval
{
    /// <summary>Wilson score interval of a proportion.</summary>
    public static double[] Of(int hits, int n)
    {
        if (n == 0)
            return [0, 1];
        const double z = 1.96;
        double p = (double)hits / n,
            mid = p + (z * z / 2 / n),
            half = z * Math.Sqrt((p * (1 - p) / n) + (z * z / 4 / n / n)),
            scale = 1 + (z * z / n);
        return [Math.Round((mid - half) / scale, 4), Math.Round((mid + half) / scale, 4)];
    }
}
