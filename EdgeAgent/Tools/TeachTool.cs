using System.Globalization;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Teaching;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Trains a zone from pictures of the camera, one folder per state: <c>teach --zone NAME --region x,y,w,h --out FILE STATE=FOLDER
/// STATE=FOLDER…</c>. Each picture is a separate occasion, unless file names share a prefix before the first underscore, such as
/// <c>morning_1.jpg morning_2.jpg</c>.
/// </summary>
internal static class TeachTool
{
    public static Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["zone", "region", "out", "models"], []);
        var shares = given
            .Need("region")
            .Split(',')
            .Select(s => float.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : float.NaN)
            .ToArray();
        if (shares is not [>= 0, >= 0, > 0, > 0] || shares[0] + shares[2] > 1.0001f || shares[1] + shares[3] > 1.0001f)
            throw new ToolException("--region needs x,y,width,height as fractions of the picture (0-1), such as 0.6,0.5,0.2,0.3.");
        if (given.Words.Count < 2 || given.Words.Any(w => w.Split('=') is not [_, _]))
            throw new ToolException("name one folder of pictures per state, such as open=pictures/open closed=pictures/closed.");
        using var embedder = new Embedder(given["models"] ?? Tool.Models);
        var zone = new TaughtZone(given.Need("zone"), new RectF(shares[0], shares[1], shares[2], shares[3]), embedder.Manifest.Sha256, []);
        foreach (var word in given.Words)
        {
            var (state, folder) = (word.Split('=')[0], word.Split('=')[1]);
            if (!Directory.Exists(folder))
                throw new ToolException($"there is no folder '{folder}'.");
            foreach (var path in PictureFiles.Below(folder))
            {
                stop.ThrowIfCancellationRequested();
                using var bgr = PictureFiles.Read(path) ?? throw new ToolException($"'{path}' cannot be read as a picture.");
                zone = zone.With(state, state + "/" + Path.GetFileNameWithoutExtension(path).Split('_')[0], bgr, embedder);
            }
        }

        var report = ZoneClassifier.Check(zone.Examples);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{zone.Name}: {zone.Examples.Count} examples; {report.Accuracy:P1} of "
                    + $"the sure answers are correct, {report.Unsure:P1} of the examples remain unsure"
            )
        );
        if (report.Refusal is { } why)
            throw new ToolException(why);
        var file = given.Need("out");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        zone.Write(file);
        Console.WriteLine($"armed: {file}");
        return Task.CompletedTask;
    }
}
