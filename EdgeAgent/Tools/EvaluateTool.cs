using System.Globalization;
using System.Text.Json;
using BrightKitchen.EdgeAgent.Tools.Scoring;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Scores a shipped model on a folder of labelled pictures: <c>evaluate --model NAME --data DIR [--map theirs=ours,…] [--whole] [--wrong
/// DIR] [--json]</c>.
/// </summary>
internal static class EvaluateTool
{
    /// <summary>Minimum share of a crop's area, 0–1, that a detection must cover to be the crop's subject.</summary>
    private const float Main = 0.03f;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["model", "data", "map", "models", "wrong"], ["json", "whole"]);
        var (models, name) = (given["models"] ?? Tool.Models, given.Need("model"));
        var folder = new LabelledFolder(given.Need("data"));
        var (manifest, _) = ModelManifest.Read(models, name);
        var map = new ClassMap(given["map"], manifest, folder.Classes);
        if (map.Left.Count > 0)
            Console.Error.WriteLine($"ignored classes: {string.Join(", ", map.Left)}");
        if (manifest.Decoder == "softmax")
            Classify(given, models, name, folder, map, stop);
        else if (manifest.Decoder == "grid-boxes" && folder.HasBoxes)
            Detect(given, models, name, folder, map, stop);
        else
            throw new ToolException(
                manifest.Decoder == "grid-boxes"
                    ? "a detector is scored on bounding boxes, but no label files were found beside the pictures."
                    : $"model '{name}' ({manifest.Decoder}) has no classes to score."
            );
        return Task.CompletedTask;
    }

    private static void Classify(
        ToolArguments given,
        string models,
        string name,
        LabelledFolder folder,
        ClassMap map,
        CancellationToken stop
    )
    {
        using var classifier = new CropClassifier(models, name, Environment.ProcessorCount);
        using var detector = folder.HasBoxes || given.Has("whole") ? null : new FrameDetector(models, threads: Environment.ProcessorCount);
        var score = new CropScore(classifier.Manifest);
        foreach (var picture in Progress(folder.Pictures, stop))
        {
            using var bgr = PictureFiles.Read(picture.Path);
            if (bgr is null)
            {
                Console.Error.WriteLine($"unreadable: {picture.Path}");
                continue;
            }

            var asked = folder.HasBoxes
                ? picture.Boxes.Select(b =>
                    (map.Of(b.Class), new RectF(b.Box.X * bgr.Cols, b.Box.Y * bgr.Rows, b.Box.Width * bgr.Cols, b.Box.Height * bgr.Rows))
                )
                : [(map.Of(picture.Class!), MainBox(bgr, name, detector, classifier.Manifest.CropScale))];
            foreach (var (truth, box) in asked.Where(a => a.Item1 is not null))
            {
                var judged = classifier.Judge(bgr, [box])[0];
                score.Add(truth!, judged);
                if (judged.Sure && judged.Label != truth && given["wrong"] is { } wrong)
                    Keep(bgr, box, Path.Combine(wrong, $"{truth}-as-{judged.Label}"), score.N);
            }
        }

        foreach (var (label, s) in score.PerClass)
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{label, -12} n {s.N, 6}  accuracy {s.Accuracy, 7:0.0000} [{s.Interval95[0]:0.000} {s.Interval95[1]:0.000}]  "
                        + $"precision {s.Precision:0.000}  recall {s.Recall:0.000}  unsure {s.Unsure:0.000}"
                )
            );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{"all", -12} n {score.N, 6}  accuracy {score.Accuracy, 7:0.0000} [{score.Interval95[0]:0.000} "
                    + $"{score.Interval95[1]:0.000}]  of the sure; {score.AccuracyOfAll:0.0000} of all; unsure {score.Unsure:0.000}"
            )
        );
        if (given.Has("json"))
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        model = name,
                        accuracy = score.Accuracy,
                        interval95 = score.Interval95,
                        accuracy_of_all = score.AccuracyOfAll,
                        n = score.N,
                        unsure = Math.Round(score.Unsure, 4),
                        per_class = score.PerClass,
                    },
                    Json
                )
            );
    }

    private static void Detect(ToolArguments given, string models, string name, LabelledFolder folder, ClassMap map, CancellationToken stop)
    {
        using var detector = new FrameDetector(models, name, Environment.ProcessorCount);
        var score = new BoxScore(detector.Manifest.Threshold);
        var classes = folder.Classes.Select(map.Of).OfType<string>().Distinct().ToList();
        var n = 0;
        foreach (var picture in Progress(folder.Pictures, stop))
        {
            using var bgr = PictureFiles.Read(picture.Path);
            if (bgr is null)
            {
                Console.Error.WriteLine($"unreadable: {picture.Path}");
                continue;
            }

            n++;
            var found = detector.Detect(bgr, 0.02f);
            foreach (var label in classes)
            {
                score.Add(
                    label,
                    [
                        .. picture
                            .Boxes.Where(b => map.Of(b.Class) == label)
                            .Select(b => new RectF(
                                b.Box.X * bgr.Cols,
                                b.Box.Y * bgr.Rows,
                                b.Box.Width * bgr.Cols,
                                b.Box.Height * bgr.Rows
                            )),
                    ],
                    [.. found.Where(f => f.Label == label).Select(f => (f.Score, f.Box))]
                );
            }
        }

        var perClass = score.PerClass;
        foreach (var (label, s) in perClass)
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{label, -12} n {s.N, 6}  AP50 {s.Ap50:0.000} [{s.Interval95[0]:0.000} {s.Interval95[1]:0.000}]  precision "
                        + $"{s.Precision:0.000}  recall {s.Recall:0.000} at {detector.Manifest.Threshold:0.00}"
                )
            );
        if (given.Has("json"))
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        model = name,
                        ap50 = perClass.Count == 0 ? (double?)null : Math.Round(perClass.Values.Average(s => s.Ap50), 4),
                        n,
                        unsure = 0.0,
                        per_class = perClass,
                    },
                    Json
                )
            );
    }

    // The subject of a crop: the largest detection of that label, otherwise the region from which the classifier would have cut the
    // picture.
    private static RectF MainBox(Mat bgr, string name, FrameDetector? detector, float cropScale)
    {
        var found = detector
            ?.Detect(bgr)
            .Where(d => d.Label == name && d.Score >= detector.Manifest.Threshold && d.Box.Area > Main * bgr.Cols * bgr.Rows)
            .Select(d => d.Box)
            .ToList();
        if (found is { Count: > 0 })
            return found.MaxBy(b => b.Area);
        float width = bgr.Cols / cropScale,
            height = bgr.Rows / cropScale;
        return new((bgr.Cols - width) / 2, (bgr.Rows - height) / 2, width, height);
    }

    private static void Keep(Mat bgr, RectF box, string folder, int number)
    {
        Directory.CreateDirectory(folder);
        using var drawn = bgr.Clone();
        Cv2.Rectangle(drawn, new Rect((int)box.X, (int)box.Y, (int)box.Width, (int)box.Height), new Scalar(50, 50, 220), 1);
        Cv2.ImWrite(Path.Combine(folder, $"{number}.jpg"), drawn);
    }

    private static IEnumerable<LabelledPicture> Progress(IReadOnlyList<LabelledPicture> pictures, CancellationToken stop)
    {
        for (var i = 0; i < pictures.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            if (i % 200 == 199)
                Console.Error.WriteLine($"{i + 1}/{pictures.Count}");
            yield return pictures[i];
        }
    }
}
