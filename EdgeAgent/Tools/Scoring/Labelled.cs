using System.Globalization;
using BrightKitchen.VisionModels;

namespace BrightKitchen.EdgeAgent.Tools.Scoring;

/// <summary>A picture with its ground truth.</summary>
/// <param name="Class">Class of the whole picture in a data set of crops; null when there are bounding boxes.</param>
/// <param name="Boxes">Class and bounding box, normalised to the picture (0–1); empty in a data set of crops.</param>
internal sealed record LabelledPicture(string Path, string? Class, IReadOnlyList<(string Class, RectF Box)> Boxes);

/// <summary>
/// A data set in one of two formats: crops in folders named after their class, or YOLO bounding boxes (<c>images/</c> and <c>labels/</c>,
/// or a text file beside each picture).
/// </summary>
internal sealed class LabelledFolder
{
    private static readonly string[] Lists = ["classes.txt", "obj.names", "_darknet.labels", "labels/classes.txt"];

    /// <exception cref="ToolException">The folder is missing or in neither format.</exception>
    public LabelledFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ToolException($"there is no folder '{folder}'.");
        var pictures = PictureFiles.Below(folder).ToList();
        if (pictures.Count == 0)
            throw new ToolException($"there are no pictures in '{folder}'.");
        HasBoxes = pictures.Exists(p => File.Exists(TextOf(p)));
        // A split of a data set has its class list in the parent folder.
        var names =
            !HasBoxes ? []
            : Names(folder) is { Count: > 0 } own ? own
            : Names(Path.GetDirectoryName(Path.GetFullPath(folder).TrimEnd('/')) ?? folder);
        Pictures = HasBoxes
            ? pictures.ConvertAll(p => new LabelledPicture(p, null, BoxesOf(TextOf(p), names)))
            : pictures.ConvertAll(p => new LabelledPicture(p, Path.GetFileName(Path.GetDirectoryName(p))!, []));
        Classes = HasBoxes
            ? [.. Pictures.SelectMany(p => p.Boxes).Select(b => b.Class).Distinct()]
            : [.. Pictures.Select(p => p.Class!).Distinct()];
    }

    public bool HasBoxes { get; }

    public IReadOnlyList<LabelledPicture> Pictures { get; }

    /// <summary>The classes as named in the data set.</summary>
    public IReadOnlyList<string> Classes { get; }

    private static string TextOf(string picture)
    {
        var text = Path.ChangeExtension(picture, ".txt");
        var at = text.LastIndexOf($"{Path.DirectorySeparatorChar}images{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        return at < 0 ? text : text[..at] + $"{Path.DirectorySeparatorChar}labels{Path.DirectorySeparatorChar}" + text[(at + 8)..];
    }

    // The names by index; an index without a name becomes a class named by its number.
    private static List<string> Names(string folder)
    {
        foreach (var list in Lists.Select(l => Path.Combine(folder, l)).Where(File.Exists))
            return [.. File.ReadAllLines(list).Select(l => l.Trim()).Where(l => l.Length > 0)];
        var yaml = Path.Combine(folder, "data.yaml");
        if (!File.Exists(yaml))
            return [];
        var text = File.ReadAllText(yaml);
        var at = text.IndexOf("names:", StringComparison.Ordinal);
        if (at < 0)
            return [];
        var rest = text[(at + 6)..].TrimStart(' ');
        return rest.StartsWith('[')
            ? [.. rest[1..].Split(']')[0].Split(',').Select(Unquoted)]
            :
            [
                .. rest.Split('\n')
                    .Skip(1)
                    .TakeWhile(l => l.StartsWith(' ') || l.StartsWith('-'))
                    .Select(l => Unquoted(l.TrimStart(' ', '-').Split(':')[^1])),
            ];
    }

    private static string Unquoted(string name) => name.Trim().Trim('\'', '"');

    private static List<(string Class, RectF Box)> BoxesOf(string path, List<string> names)
    {
        var boxes = new List<(string, RectF)>();
        if (!File.Exists(path))
            return boxes;
        foreach (var line in File.ReadLines(path))
        {
            var v = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(w => float.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out var f) ? f : float.NaN)
                .ToList();
            if (v.Count < 5 || v.Take(5).Any(float.IsNaN))
                continue;
            var name = (int)v[0] < names.Count && v[0] >= 0 ? names[(int)v[0]] : ((int)v[0]).ToString(CultureInfo.InvariantCulture);
            boxes.Add((name, new(v[1] - (v[3] / 2), v[2] - (v[4] / 2), v[3], v[4])));
        }

        return boxes;
    }
}
