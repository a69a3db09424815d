using System.Globalization;
using BrightKitchen.VisionModels.Scenes;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Draws detections onto a frame: green for compliant, red for a confident violation, grey for uncertain, blue when there is no vote.
/// </summary>
internal static class Drawing
{
    private static readonly Scalar Well = new(80, 170, 30);
    private static readonly Scalar Wrong = new(50, 50, 220);
    private static readonly Scalar Unsure = new(150, 150, 150);
    private static readonly Scalar Plain = new(200, 140, 40);
    private static readonly HashSet<string> Violations = ["bare", "below-nose", "open", "uncovered"];

    public static void On(Mat bgr, IReadOnlyList<TrackedObject> sightings)
    {
        var thick = Math.Max(1, bgr.Cols / 500);
        foreach (var seen in sightings)
        {
            var box = new Rect(
                (int)(seen.Box.X * bgr.Cols),
                (int)(seen.Box.Y * bgr.Rows),
                (int)(seen.Box.Width * bgr.Cols),
                (int)(seen.Box.Height * bgr.Rows)
            );
            var verdict = seen.VoteResults.Values.FirstOrDefault();
            var colour =
                verdict is null ? Plain
                : verdict.Label is not { } label ? Unsure
                : Violations.Contains(label) ? Wrong
                : Well;
            Cv2.Rectangle(bgr, box, colour, thick);
            var text = string.Create(CultureInfo.InvariantCulture, $"{seen.Label} {seen.Track} {seen.Score:0.00}");
            if (verdict is not null)
                text = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{seen.Label} {seen.Track} "
                        + $"{(verdict.Label is { } l ? $"{l} {verdict.ShareOf(l):0.00} ({verdict.Votes})" : "unsure")}"
                );
            Cv2.PutText(
                bgr,
                text,
                new Point(box.X + 2, Math.Max(10, box.Y - 3)),
                HersheyFonts.HersheySimplex,
                Math.Max(0.35, bgr.Cols / 1600.0),
                colour,
                thick,
                LineTypes.AntiAlias
            );
        }
    }
}
