using System.Globalization;
using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Scenes;
using OpenCvSharp;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// How many heads the public picture covers, judged by heads that people labelled and not by the detector that blurred: each picture of a
/// data set in YOLO format goes through the shipped scene and blur as the first frame of a camera, and a labelled head counts as covered
/// where at least nine tenths of it are blurred.
/// </summary>
internal static class LabelledHeads
{
    private const double Covered = 0.9;
    private static readonly string[] Pictures = [".webp", ".jpg", ".png"];

    /// <summary>The labelled kitchens beside the project; not part of it.</summary>
    private static string Folder => Path.Combine(Repository.Root, "..", "shared", "data", "kitchens");

    public static IReadOnlyList<Figure> Run(Action<string> say)
    {
        if (!Directory.Exists(Path.Combine(Folder, "images")) || !Directory.Exists(Path.Combine(Folder, "labels")))
        {
            say(
                $"skipped: there are no labelled heads beside the project ({Path.GetFullPath(Folder)}); what the blur covers is "
                    + "not judged"
            );
            return [];
        }

        using var models = new SceneModels(Repository.Models, []);
        int pictures = 0,
            heads = 0,
            covered = 0,
            large = 0,
            largeCovered = 0;
        foreach (
            var file in Directory
                .EnumerateFiles(Path.Combine(Folder, "images"))
                .Where(f => Pictures.Contains(Path.GetExtension(f)))
                .Order(StringComparer.Ordinal)
        )
        {
            var label = Path.Combine(Folder, "labels", Path.GetFileNameWithoutExtension(file) + ".txt");
            using var picture = Cv2.ImRead(file);
            if (picture.Empty() || !File.Exists(label))
                continue;
            // As a device analyses it.
            using var small = picture.Resize(
                new Size(640, Math.Max(2, picture.Rows * 640 / picture.Cols)),
                interpolation: InterpolationFlags.Area
            );
            var scene = new Scene(models);
            scene.Look(small, DateTimeOffset.UnixEpoch);
            var parts = new BlurMemory().PartsOf(DateTimeOffset.UnixEpoch, true, scene.RawDetections)!;
            pictures++;
            foreach (var head in File.ReadLines(label).Select(Read).OfType<RectF>())
            {
                var isCovered = Share(head, parts) >= Covered;
                heads++;
                covered += isCovered ? 1 : 0;
                // A face of fewer pixels is no one's.
                if (head.Height * small.Rows < 16)
                    continue;
                large++;
                largeCovered += isCovered ? 1 : 0;
            }
        }

        say($"{heads} labelled heads on {pictures} pictures");
        return
        [
            new(
                "blur.covered",
                heads == 0 ? 0 : (double)covered / heads,
                "share",
                "of all labelled heads, nine tenths of each or more, on single frames (held boxes add to it in a stream)",
                heads
            ),
            new(
                "blur.covered_large",
                large == 0 ? 0 : (double)largeCovered / large,
                "share",
                "of those at least 16 pixels high as a device analyses them",
                large
            ),
        ];
    }

    // Class, middle and size in shares of the picture.
    private static RectF? Read(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var numbers = fields
            .Skip(1)
            .Take(4)
            .Select(f => float.TryParse(f, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : float.NaN)
            .ToList();
        return numbers.Count == 4 && !numbers.Exists(float.IsNaN)
            ? new(numbers[0] - (numbers[2] / 2), numbers[1] - (numbers[3] / 2), numbers[2], numbers[3])
            : null;
    }

    // By a grid of points, as parts overlap.
    private static double Share(RectF head, IReadOnlyList<RectF> parts)
    {
        const int Points = 20;
        var inside = 0;
        for (var i = 0; i < Points * Points; i++)
        {
            var (x, y) = (head.X + (head.Width * ((i % Points) + 0.5f) / Points), head.Y + (head.Height * ((i / Points) + 0.5f) / Points));
            inside += parts.Any(p => x >= p.X && x <= p.Right && y >= p.Y && y <= p.Bottom) ? 1 : 0;
        }

        return (double)inside / (Points * Points);
    }
}
