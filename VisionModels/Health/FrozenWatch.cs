using OpenCvSharp;

namespace BrightKitchen.VisionModels.Health;

/// <summary>
/// Detects a sensor that outputs the same picture forever behind an encoder that keeps encoding it. Encoding errors make each decoded
/// picture differ (most at a key frame), so that a difference proves nothing. A return to earlier values is the proof: the noise of a live
/// sensor differs on each frame and never returns, however little of it an encoder leaves; a picture without noise departs at a key frame
/// and later returns to the same values. The figures are in <c>docs/decisions/020-a-frozen-sensor.md</c>. Not thread-safe.
/// </summary>
internal sealed class FrozenWatch : IDisposable
{
    /// <summary>How long a picture must be motionless to count as frozen.</summary>
    public static readonly TimeSpan After = TimeSpan.FromSeconds(60);

    // Mean absolute differences of 8-bit luma: identical to the previous frame (Same), returned to an earlier sample (Back), and departed
    // from the present in between (Away, and at least AwayByBack times the difference at the return).
    private const double Same = 0.01;
    private const double Back = 0.12;
    private const double Away = 0.03;
    private const double AwayByBack = 2;

    // Minimum share of the period's comparisons that find a return, and maximum share of the picture that may move: at a key frame, MPEG-4
    // changes 0.3 % of it by more than noise.
    private const double Returning = 0.3;
    private const double Moving = 0.004;
    private const int Samples = 80;
    private const int LeastCompared = 30;

    // Share of the height excluded at the top and at the bottom, where encoders overlay clock and name.
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
    /// <param name="grey">8-bit luma, always of the same size.</param>
    /// <param name="change">Absolute difference of each pixel from the previous frame, 8-bit; null for the first frame.</param>
    /// <param name="moved">1 where the difference exceeds noise, otherwise 0; null for the first frame.</param>
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

    // From the newest sample backwards: first a departure, then a return.
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
