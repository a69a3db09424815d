using System.Buffers.Binary;
using OpenCvSharp;

namespace BrightKitchen.VisionModels.Health;

/// <summary>Condition of a camera's picture.</summary>
public enum PictureState
{
    Good,

    /// <summary>Black or of one uniform colour: covered, unlit or broken.</summary>
    Dark,

    /// <summary>Much less sharp than before: greasy, fogged or out of focus.</summary>
    Blurred,

    /// <summary>A different view than before: the camera was turned or moved.</summary>
    Moved,

    /// <summary>The same picture for a long time, apart from encoding errors: the stream or the sensor hangs.</summary>
    Frozen,
}

/// <summary>Monitors the picture of one camera without a trained model, by comparison with its own past. Not thread-safe.</summary>
/// <param name="view">The reference view as returned by <see cref="View"/>, so that it survives a restart; null learns it from the first
/// good pictures.</param>
public sealed class PictureHealth(byte[]? view = null) : IDisposable
{
    private const int Width = 160;
    private const int Height = 90;
    private const double DarkMean = 18;
    private const double EvenDeviation = 7;
    private const double SameView = 0.3;
    private const double SamePart = 0.4;
    private const double LeastEdges = 3;
    private const double LessSharp = 0.3;
    private const double LeastSharp = 20;
    private const double NearlyAll = 0.9;
    private const double Grain = 12;
    private const double MuchMotion = 0.2;
    private const double LearnFast = 0.2;
    private const double LearnSlow = 0.01;
    private const int Learning = 15;
    private const int Part = 20;
    private const int LeastParts = 4;
    private const int Across = Width / Part;
    private const int Down = (Height + Part - 1) / Part;

    // A stored view consists of its edges, one byte per pixel, and the sharpness of each part, which views stored by earlier releases lack.
    private const int EdgeBytes = Width * Height;
    private const int WholeBytes = EdgeBytes + (Across * Down * sizeof(float));

    // A view changes permanently or not at all: comparing every frame would cost as much as detecting persons.
    private static readonly TimeSpan Compared = TimeSpan.FromSeconds(0.9);
    private readonly Mat grey = new();
    private readonly Mat small = new();
    private readonly Mat before = new();
    private readonly Mat change = new();
    private readonly Mat moved = new();
    private readonly Mat edges = new();
    private readonly Mat across = new();
    private readonly Mat down = new();
    private readonly Mat usual = view is { Length: EdgeBytes or WholeBytes } ? Restore(view) : new();
    private int learnt = view is { Length: EdgeBytes or WholeBytes } ? Learning : 0;
    private readonly double[] sharp = IsWhole(view) ? Sharpness(view!) : new double[Across * Down];
    private readonly double[] sharpNow = new double[Across * Down];
    private readonly FrozenWatch frozen = new();
    private bool sharpKnown = IsWhole(view);
    private DateTimeOffset comparedAt;
    private PictureState compared = PictureState.Good;

    /// <summary>Share of the newest picture that differs from the previous one by more than noise, 0–1; 1 for the first.</summary>
    public double Motion { get; private set; } = 1;

    /// <summary>
    /// Whether a stored view contains everything that a restart needs; a view of an earlier release lacks the sharpness and is stored again
    /// once that is known.
    /// </summary>
    public static bool IsWhole(byte[]? view) => view is { Length: WholeBytes };

    /// <summary>The reference view and its sharpness, to be stored for the next start; null while it is being learnt.</summary>
    public byte[]? View()
    {
        if (learnt < Learning || !sharpKnown)
            return null;
        using var bytes = new Mat();
        usual.ConvertTo(bytes, MatType.CV_8UC1);
        bytes.GetArray(out byte[] array);
        var whole = new byte[WholeBytes];
        array.CopyTo(whole, 0);
        for (var i = 0; i < sharp.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(whole.AsSpan(EdgeBytes + (i * sizeof(float))), (float)sharp[i]);
        return whole;
    }

    /// <summary>Evaluates one frame; the caller decides how long a state must last to matter.</summary>
    /// <param name="picture">8-bit BGR or luma.</param>
    /// <param name="time">When it was taken.</param>
    public PictureState Look(Mat picture, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (picture.Channels() == 1)
        {
            Cv2.Resize(picture, grey, new Size(Width, Height), interpolation: InterpolationFlags.Area);
        }
        else
        {
            Cv2.Resize(picture, small, new Size(Width, Height), interpolation: InterpolationFlags.Area);
            Cv2.CvtColor(small, grey, ColorConversionCodes.BGR2GRAY);
        }

        Cv2.MeanStdDev(grey, out var mean, out var deviation);
        var isFrozen = IsFrozen(time);
        if (mean.Val0 < DarkMean || deviation.Val0 < EvenDeviation)
            return PictureState.Dark;
        if (learnt < Learning)
        {
            Edges();
            Sharpness();
            Learn(LearnFast);
            learnt++;
            compared = PictureState.Good;
        }
        else if (time - comparedAt is var pause && (pause >= Compared || pause < TimeSpan.Zero || Motion > MuchMotion))
        {
            comparedAt = time;
            compared = Compare();
        }

        return isFrozen && compared == PictureState.Good ? PictureState.Frozen : compared;
    }

    public void Dispose()
    {
        foreach (var mat in new[] { grey, small, before, change, moved, edges, across, down, usual })
            mat.Dispose();
        frozen.Dispose();
    }

    private static double[] Sharpness(byte[] view) =>
        [
            .. Enumerable
                .Range(0, Across * Down)
                .Select(i => (double)BinaryPrimitives.ReadSingleLittleEndian(view.AsSpan(EdgeBytes + (i * sizeof(float))))),
        ];

    private static Mat Restore(byte[] view)
    {
        using var bytes = Mat.FromPixelData(Height, Width, MatType.CV_8UC1, view[..EdgeBytes]);
        var mat = new Mat();
        bytes.ConvertTo(mat, MatType.CV_32FC1);
        return mat;
    }

    private bool IsFrozen(DateTimeOffset time)
    {
        if (before.Empty())
        {
            Motion = 1;
            grey.CopyTo(before);
            return frozen.Look(grey, null, null, time);
        }

        Cv2.Absdiff(grey, before, change);
        Cv2.Threshold(change, moved, Grain, 1, ThresholdTypes.Binary);
        Motion = (double)Cv2.CountNonZero(moved) / (Width * Height);
        grey.CopyTo(before);
        return frozen.Look(grey, change, moved, time);
    }

    private PictureState Compare()
    {
        Edges();
        Sharpness();
        // A blurred picture has few edges to compare, so that blur is checked first.
        if (IsBlurred())
            return PictureState.Blurred;
        if (Likeness() < SameView)
            return PictureState.Moved;
        Learn(LearnSlow);
        return PictureState.Good;
    }

    // Gradient magnitude, smoothed so that a trembling camera matches itself; independent of absolute brightness.
    private void Edges()
    {
        Cv2.Sobel(grey, across, MatType.CV_32FC1, 1, 0);
        Cv2.Sobel(grey, down, MatType.CV_32FC1, 0, 1);
        Cv2.Magnitude(across, down, edges);
        Cv2.Min(edges, Scalar.All(255), edges);
        Cv2.GaussianBlur(edges, edges, new Size(5, 5), 0);
    }

    private void Sharpness()
    {
        Cv2.Laplacian(grey, across, MatType.CV_32FC1);
        for (var i = 0; i < sharpNow.Length; i++)
        {
            using var part = across.SubMat(PartAt(i));
            Cv2.MeanStdDev(part, out _, out var deviation);
            sharpNow[i] = deviation.Val0;
        }
    }

    // Grease and steam affect the whole lens. A detailed object that leaves lowers the sharpness of some parts only, and one part that
    // stays sharp rules out grease. Only parts much sharper than noise are significant.
    private bool IsBlurred()
    {
        if (!sharpKnown)
            return false;
        int significant = 0,
            lost = 0;
        for (var i = 0; i < sharp.Length; i++)
        {
            if (sharp[i] < LeastSharp)
                continue;
            significant++;
            lost += sharpNow[i] < sharp[i] * LessSharp ? 1 : 0;
        }

        return significant >= LeastParts && lost >= significant * NearlyAll;
    }

    private static Rect PartAt(int i)
    {
        var (x, y) = (i % Across * Part, i / Across * Part);
        return new(x, y, Math.Min(Part, Width - x), Math.Min(Part, Height - y));
    }

    private void Learn(double share)
    {
        if (usual.Empty())
            edges.CopyTo(usual);
        else
            Cv2.AccumulateWeighted(edges, usual, share, null!);
        for (var i = 0; i < sharp.Length; i++)
            sharp[i] = sharpKnown ? sharp[i] + (share * (sharpNow[i] - sharp[i])) : sharpNow[i];
        sharpKnown = true;
    }

    /// <summary>
    /// Share of the reference view's parts that are still present, 0–1: a part is present when its edges correlate. Persons and objects
    /// hide some parts, a different view changes all of them. Parts without edges, such as a bare wall, are not significant.
    /// </summary>
    private double Likeness()
    {
        int significant = 0,
            there = 0;
        for (var i = 0; i < Across * Down; i++)
        {
            var part = PartAt(i);
            using Mat now = edges.SubMat(part),
                then = usual.SubMat(part);
            Cv2.MeanStdDev(now, out var mean, out var deviation);
            Cv2.MeanStdDev(then, out var usualMean, out var usualDeviation);
            if (usualDeviation.Val0 < LeastEdges)
                continue;
            significant++;
            var spread = deviation.Val0 * usualDeviation.Val0;
            there +=
                spread > 0 && ((now.Dot(then) / (part.Width * part.Height)) - (mean.Val0 * usualMean.Val0)) / spread >= SamePart ? 1 : 0;
        }

        return significant < LeastParts ? 1 : (double)there / significant;
    }
}
