using OpenCvSharp;

namespace BrightKitchen.VisionModels.Health;

/// <summary>
/// Notices a sensor that gives the same picture for ever behind an encoder that goes on encoding it. The encoder's own errors make each
/// decoded picture differ (most at a key frame), so that a difference proves nothing. What proves it is a return: the noise of a live
/// sensor is another one on each frame and never comes back, however little an encoder leaves of it; a picture without noise leaves its
/// place at a key frame and is back at the very same values later. Figures are in <c>docs/decisions/020-a-frozen-sensor.md</c>. Not
/// thread-safe.
/// </summary>
internal sealed class FrozenWatch : IDisposable
{
    /// <summary>How long nothing may move before the picture counts as frozen.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(60);

    // Mean differences of 8-bit brightness: the very same, back again, and away between.
    private const double Same = 0.01;
    private const double Back = 0.12;
    private const double Away = 0.03;
    private const double AwayByBack = 2;

    // Share of the comparisons of the stretch that find a return, and of the picture that may move: MPEG-4 lifts 0.3 % of it above grain at
    // a key frame.
    private const double Returning = 0.3;
    private const double Moving = 0.004;
    private const int Samples = 80;
    private const int LeastCompared = 30;

    // Clock and name that an encoder writes stand at the top or the bottom.
    private const double Border = 1.0 / 9;
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(0.38);
    private static readonly TimeSpan Compared = TimeSpan.FromSeconds(0.98);
    private readonly Queue<Mat> samples = new();
    private readonly Queue<(DateTimeOffset At, bool Returned)> comparisons = new();
    private readonly Mat difference = new();
    private DateTimeOffset? same;
    private DateTimeOffset? still;
    private DateTimeOffset sampled = DateTimeOffset.MinValue;
    private DateTimeOffset compared = DateTimeOffset.MinValue;
    private DateTimeOffset newest = DateTimeOffset.MinValue;

    /// <summary>Whether the picture is frozen at the time of this frame.</summary>
    /// <param name="grey">8-bit brightness, always of one size.</param>
    /// <param name="change">How much each pixel differs from the frame before, 8-bit; null of the first.</param>
    /// <param name="moved">Where it differs by more than grain, 1, else 0; null of the first.</param>
    public bool Look(Mat grey, Mat? change, Mat? moved, DateTimeOffset time)
    {
        if (time < newest || change is null || moved is null)
            Restart();
        newest = time;
        if (change is null || moved is null)
            return false;
        same = Cv2.Mean(change).Val0 < Same ? same ?? time : null;
        var middle = Middle(grey);
        using (var part = moved[middle])
        {
            if (Cv2.CountNonZero(part) > Moving * middle.Width * middle.Height)
                Restart();
            else
                still ??= time;
        }

        if (time - sampled >= Apart)
            Sample(grey, middle, time);
        return (same is { } exact && time - exact >= After)
            || (
                still is { } since
                && time - since >= After
                && comparisons.Count >= LeastCompared
                && comparisons.Count(c => c.Returned) >= Returning * comparisons.Count
            );
    }

    public void Dispose()
    {
        Restart();
        difference.Dispose();
    }

    private static Rect Middle(Mat grey)
    {
        var border = (int)(grey.Rows * Border);
        return new(0, border, grey.Cols, grey.Rows - (2 * border));
    }

    private void Sample(Mat grey, Rect middle, DateTimeOffset time)
    {
        sampled = time;
        using var view = grey[middle];
        if (time - compared >= Compared && samples.Count > 0)
        {
            compared = time;
            comparisons.Enqueue((time, IsBack(view)));
            while (time - comparisons.Peek().At > After)
                comparisons.Dequeue();
        }

        samples.Enqueue(view.Clone());
        while (samples.Count > Samples)
            samples.Dequeue().Dispose();
    }

    // From the newest sample back: first away, then there again.
    private bool IsBack(Mat now)
    {
        var away = 0.0;
        foreach (var sample in samples.Reverse())
        {
            Cv2.Absdiff(now, sample, difference);
            var distance = Cv2.Mean(difference).Val0;
            if (distance <= Back && away >= Math.Max(Away, AwayByBack * distance))
                return true;
            away = Math.Max(away, distance);
        }

        return false;
    }

    private void Restart()
    {
        same = null;
        still = null;
        sampled = compared = DateTimeOffset.MinValue;
        comparisons.Clear();
        foreach (var sample in samples)
            sample.Dispose();
        samples.Clear();
    }
}
