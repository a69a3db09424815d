using BrightKitchen.VisionModels;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Live;

/// <summary>
/// Makes parts of a picture unrecognisable: pixelates them into a few large squares, which no sharpening reverses.
/// </summary>
internal static class Mosaic
{
    // At 5 squares a head cannot be identified; at 24 squares a whole kitchen still shows that people are at work.
    private const int SquaresOfPart = 5;
    private const int SquaresOfAll = 24;

    /// <param name="bgr">8-bit BGR; modified in place.</param>
    /// <param name="parts">Normalised to the picture (0–1); null for the whole picture.</param>
    public static void Over(Mat bgr, IReadOnlyList<RectF>? parts)
    {
        if (parts is null)
        {
            Coarsen(bgr, SquaresOfAll);
            return;
        }

        foreach (var part in parts)
        {
            var (left, top) = (
                Math.Clamp((int)MathF.Floor(part.X * bgr.Cols), 0, bgr.Cols),
                Math.Clamp((int)MathF.Floor(part.Y * bgr.Rows), 0, bgr.Rows)
            );
            var (right, bottom) = (
                Math.Clamp((int)MathF.Ceiling((part.X + part.Width) * bgr.Cols), left, bgr.Cols),
                Math.Clamp((int)MathF.Ceiling((part.Y + part.Height) * bgr.Rows), top, bgr.Rows)
            );
            if (right == left || bottom == top)
                continue;
            using var inside = new Mat(bgr, new Rect(left, top, right - left, bottom - top));
            Coarsen(inside, SquaresOfPart);
        }
    }

    private static void Coarsen(Mat picture, int squares)
    {
        using var coarse = new Mat();
        Cv2.Resize(
            picture,
            coarse,
            new Size(Math.Max(1, Math.Min(squares, picture.Cols)), Math.Max(1, Math.Min(squares, picture.Rows))),
            interpolation: InterpolationFlags.Area
        );
        using var back = new Mat();
        Cv2.Resize(coarse, back, picture.Size(), interpolation: InterpolationFlags.Nearest);
        back.CopyTo(picture);
    }
}
