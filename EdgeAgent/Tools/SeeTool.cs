using System.Globalization;
using System.Text.Json;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Tracking;
using FFMpegCore;
using FFMpegCore.Exceptions;
using FFMpegCore.Pipes;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Draws bounding boxes, tracks and votes on a picture, a folder of pictures, a clip or a camera stream: <c>see
/// PICTURE|FOLDER|CLIP|rtsp://… [--out DIR] [--seconds N]</c>.
/// </summary>
internal static class SeeTool
{
    private const int ClipRate = 10;
    private const int LongestSide = 1280;

    public static async Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["out", "models", "seconds"], ["json"]);
        if (given.Words.Count == 0)
            throw new ToolException("name a picture, a folder of pictures, a clip or rtsp://…");
        if (
            !int.TryParse(given["seconds"] ?? "20", NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 1 or > 3600
        )
            throw new ToolException("--seconds must be between 1 and 3600.");
        var folder = Directory.CreateDirectory(given["out"] ?? "artifacts/see").FullName;
        using var models = new SceneModels(given["models"] ?? Tool.Models, ["head", "face", "hand"]);
        foreach (var source in given.Words)
        {
            if (source.StartsWith("rtsp://", StringComparison.Ordinal) || source.StartsWith("rtsps://", StringComparison.Ordinal))
                await ClipAsync(models, source, Path.Combine(folder, "camera.mp4"), $"-t {seconds}", given.Has("json"), stop);
            else if (Directory.Exists(source))
                PictureFiles.Below(source).ToList().ForEach(p => Picture(models, p, folder, given.Has("json")));
            else if (!File.Exists(source))
                throw new ToolException($"'{source}' does not exist.");
            else if (PictureFiles.Is(source))
                Picture(models, source, folder, given.Has("json"));
            else
                await ClipAsync(
                    models,
                    source,
                    Path.Combine(folder, Path.GetFileNameWithoutExtension(source) + ".mp4"),
                    "",
                    given.Has("json"),
                    stop
                );
        }
    }

    // Votes accumulate over time: a still is analysed as often as a camera would deliver it within three seconds.
    private static void Picture(SceneModels models, string path, string folder, bool json)
    {
        using var bgr = PictureFiles.Read(path) ?? throw new ToolException($"'{path}' cannot be read as a picture.");
        var scene = new Scene(models);
        IReadOnlyList<TrackedObject> seen = [];
        for (var i = 0; i < 6; i++)
            seen = scene.Look(bgr, DateTimeOffset.UnixEpoch.AddSeconds(0.4 * i));
        Print(path, seen, json);
        Drawing.On(bgr, seen);
        var drawn = Path.Combine(folder, Path.GetFileNameWithoutExtension(path) + ".jpg");
        Cv2.ImWrite(drawn, bgr);
        Console.Error.WriteLine($"drawn: {drawn}");
    }

    private static async Task ClipAsync(SceneModels models, string source, string drawn, string limit, bool json, CancellationToken stop)
    {
        var scene = new Scene(models);
        var number = 0;
        using var frames = new System.Collections.Concurrent.BlockingCollection<Mat>(4);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // A writer that ends early, as on a full disk, ends the reader.
        var isRead = false;
        var writing = Task.Run(
            async () =>
            {
                try
                {
                    return await WriteAsync(frames, drawn, end.Token);
                }
                catch (IOException)
                {
                    return false;
                }
                finally
                {
                    if (!Volatile.Read(ref isRead))
                        await end.CancelAsync();
                }
            },
            CancellationToken.None
        );
        void Look(Cameras.PlanarPicture picture)
        {
            using var planes = picture;
            var bgr = picture.Bgr.Clone();
            var seen = scene.Look(bgr, DateTimeOffset.UnixEpoch.AddSeconds((double)number / ClipRate));
            if (number++ % ClipRate == 0)
                Print($"{Path.GetFileName(source.Split('@')[^1])} {number / ClipRate} s", seen, json);
            Drawing.On(bgr, seen);
            frames.Add(bgr, end.Token);
        }

        var said = "";
        try
        {
            var input = source.StartsWith("rtsp", StringComparison.Ordinal) ? "-rtsp_transport tcp" : "";
            var result = await FFMpegArguments
                .FromFileInput(source, verifyExists: false, options => options.WithCustomArgument($"-hide_banner -nostats {input} {limit}"))
                .OutputToPipe(new Sink(stream => Y4mReader.ReadAsync(stream, Look, end.Token)), options =>
                    options.WithCustomArgument(
                        $"-map 0:v:0 -an -vf fps={ClipRate},scale='trunc(min({LongestSide},iw)/2)*2':-2 -pix_fmt yuv420p -f yuv4mpegpipe"
                    )
                )
                .NotifyOnStandardError(line => said = line.Trim().Length > 0 ? line.Trim() : said)
                .RunAsync(new() { LogLevel = FFMpegCore.Enums.FFMpegLogLevel.Error }, TimeSpan.FromSeconds(2), end.Token);
            Volatile.Write(ref isRead, true);
            if (!result.Success && !end.IsCancellationRequested)
                throw new ToolException($"'{source.Split('@')[^1]}' cannot be read as a clip: {said}");
        }
        catch (FFMpegException e) when (!stop.IsCancellationRequested)
        {
            throw new ToolException($"'{source.Split('@')[^1]}' cannot be read as a clip: {e.Message}", e);
        }
        finally
        {
            Volatile.Write(ref isRead, true);
            frames.CompleteAdding();
            await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        stop.ThrowIfCancellationRequested();
        if (!await writing)
            throw new ToolException($"'{drawn}' cannot be written: is the disk full, or the folder read-only?");
        Console.Error.WriteLine($"drawn: {drawn} ({number} frames)");
    }

    private static async Task<bool> WriteAsync(
        System.Collections.Concurrent.BlockingCollection<Mat> frames,
        string drawn,
        CancellationToken stop
    )
    {
        if (!frames.TryTake(out var first, Timeout.Infinite, stop))
            return true;
        var raw = new Source(stream =>
        {
            for (var frame = first; ; )
            {
                using (frame)
                {
                    frame.GetArray(out Vec3b[] pixels);
                    stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<Vec3b>(pixels));
                }

                if (!frames.TryTake(out frame!, Timeout.Infinite, stop))
                    return;
            }
        });
        var result = await FFMpegArguments
            .FromPipeInput(raw, options =>
                options.WithCustomArgument($"-f rawvideo -pix_fmt bgr24 -s {first.Cols}x{first.Rows} -r {ClipRate}")
            )
            .OutputToFile(drawn, overwrite: true, options =>
                options.WithCustomArgument("-c:v libx264 -preset veryfast -crf 26 -pix_fmt yuv420p -movflags +faststart")
            )
            .ProcessAsynchronously(throwOnError: false, cancellationToken: CancellationToken.None);
        return result.Success;
    }

    private static void Print(string what, IReadOnlyList<TrackedObject> seen, bool json)
    {
        if (json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        what,
                        seen = seen.Select(s => new
                        {
                            s.Track,
                            s.Label,
                            s.Score,
                            box = new[] { s.Box.X, s.Box.Y, s.Box.Width, s.Box.Height },
                            votes = s.VoteResults.ToDictionary(v => v.Key, v => v.Value.Counts),
                        }),
                    }
                )
            );
            return;
        }

        Console.WriteLine(what);
        foreach (var s in seen)
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {s.Label, -7} {s.Score:0.00}  {string.Join(", ", s.VoteResults.Values.Select(Vote))}"
                )
            );
    }

    private static string Vote(VoteResult verdict) =>
        verdict.Label is { } label
            ? string.Create(CultureInfo.InvariantCulture, $"{label} {verdict.ShareOf(label):0.00} of {verdict.Votes} votes")
            : "unsure";

    private sealed class Sink(Func<Stream, Task> read) : IPipeSink
    {
        public Task ReadAsync(Stream inputStream, CancellationToken cancellationToken) => read(inputStream);

        public string GetStreamArguments() => "";
    }

    private sealed class Source(Action<Stream> write) : IPipeSource
    {
        public Task WriteAsync(Stream outputStream, CancellationToken cancellationToken) =>
            Task.Run(() => write(outputStream), CancellationToken.None);

        public string GetStreamArguments() => "";
    }
}
