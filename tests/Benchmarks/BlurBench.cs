using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using BrightKitchen.Contracts;
using BrightKitchen.Demo;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels;
using OpenCvSharp;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What the blur covers of heads that people labelled (<see cref="LabelledHeads"/>), then minutes of a box's public picture with a known
/// head before the camera: every frame is looked at by the head detector, and what it finds is drawn on a sheet (<c>artifacts/blur.png</c>,
/// the sharpest first) to be looked at by eye.
/// </summary>
internal static class BlurBench
{
    private const int Width = 640;
    private const int Height = 360;
    private const int MostShown = 300;
    private const int Across = 20;
    private const int Shown = 72;
    private static readonly string[] Heads = ["head", "face"];

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say, int minutes)
    {
        var labelled = LabelledHeads.Run(say);
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            await using var kitchen = await DemoKitchen.StartAsync(folder, new(), null, say, CancellationToken.None);
            using var box = new HttpClient(new SocketsHttpHandler()) { BaseAddress = kitchen.BoxAddress };
            box.DefaultRequestHeaders.Authorization = new(
                "Bearer",
                (await File.ReadAllTextAsync(Path.Combine(kitchen.BoxData, "kiosk.key"))).Trim()
            );
            say($"{minutes} min of the public picture, each frame looked at …");
            var (blurred, clear) = (new Hits(), new Hits());
            // The clear picture for a tenth of the time: that there are heads to be blurred, and how sharp they are.
            await Task.WhenAll(
                LookAsync(box, "/local/public/line", blurred, TimeSpan.FromMinutes(minutes)),
                LookAsync(box, "/local/live/line", clear, TimeSpan.FromMinutes(minutes / 10.0))
            );
            var sheet = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts")).FullName, "blur.png");
            blurred.Draw(sheet);
            var limit = clear.SharpestMedian;
            return
            [
                .. labelled,
                new(
                    "blur.frames",
                    blurred.Frames,
                    "frames",
                    $"of the public picture in {minutes} min; of the clear one {clear.Frames}, with a face on {clear.Faces}",
                    blurred.Frames
                ),
                new(
                    "blur.faces",
                    blurred.Faces,
                    "frames",
                    $"with something taken for a face, on the sheet {sheet}; look at each",
                    blurred.Frames
                ),
                new(
                    "blur.heads",
                    blurred.Count,
                    "hits",
                    "of the head detector, which also takes a head of squares for one; on the same sheet, the sharpest first",
                    blurred.Frames
                ),
                new(
                    "blur.sharpest",
                    blurred.Sharpest / limit,
                    "x",
                    "the sharpest hit's fine detail beside the median of clear heads",
                    blurred.Count
                ),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task LookAsync(HttpClient box, string source, Hits hits, TimeSpan time)
    {
        using var detector = new FrameDetector(Repository.Models);
        var began = Stopwatch.StartNew();
        while (began.Elapsed < time)
        {
            using var answer = await box.GetAsync(source);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                await Task.Delay(500);
                continue;
            }

            var window = (await answer.Content.ReadFromJsonAsync<LiveWindow>())!;
            using var ffmpeg = Process.Start(
                new ProcessStartInfo(
                    "ffmpeg",
                    [
                        "-hide_banner",
                        "-loglevel",
                        "error",
                        "-i",
                        "pipe:0",
                        "-vf",
                        $"scale={Width}:{Height}",
                        "-fps_mode",
                        "passthrough",
                        "-f",
                        "rawvideo",
                        "-pix_fmt",
                        "bgr24",
                        "pipe:1",
                    ]
                )
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                }
            )!;
            var reading = Task.Run(() => Read(ffmpeg.StandardOutput.BaseStream, detector, hits));
            try
            {
                var into = ffmpeg.StandardInput.BaseStream;
                await into.WriteAsync(await box.GetByteArrayAsync($"{source}/{window.Epoch}"));
                for (var number = window.Key; began.Elapsed < time; number++)
                {
                    await into.WriteAsync(await box.GetByteArrayAsync($"{source}/{window.Epoch}/{number}"));
                    if (number % 10 == 0)
                        (await box.GetAsync(source)).Dispose();
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // Another epoch begins.
            }

            ffmpeg.StandardInput.Close();
            await reading;
            await ffmpeg.WaitForExitAsync();
        }
    }

    private static void Read(Stream frames, FrameDetector detector, Hits hits)
    {
        var pixels = new byte[Width * Height * 3];
        while (frames.ReadAtLeast(pixels, pixels.Length, throwOnEndOfStream: false) == pixels.Length)
        {
            using var picture = Mat.FromPixelData(Height, Width, MatType.CV_8UC3, pixels);
            hits.Add(picture, detector.Detect(picture, detector.Manifest.Threshold).Where(d => Heads.Contains(d.Label)).ToList());
        }
    }

    private sealed class Hits
    {
        private readonly List<(double Detail, byte[] Png)> all = [];
        private readonly List<double> details = [];

        public int Frames { get; private set; }

        public int Faces { get; private set; }

        public int Count => details.Count;

        public double Sharpest => details.Count == 0 ? 0 : details.Max();

        public double SharpestMedian => details.Count == 0 ? double.NaN : details.Order().ElementAt(details.Count / 2);

        public void Add(Mat picture, List<Detection> found)
        {
            Frames++;
            Faces += found.Exists(f => f.Label == "face") ? 1 : 0;
            foreach (var box in found.Select(f => f.Box))
            {
                var (x, y) = (Math.Clamp((int)box.X, 0, Width - 8), Math.Clamp((int)box.Y, 0, Height - 8));
                using var part = new Mat(
                    picture,
                    new Rect(x, y, Math.Clamp((int)box.Width, 8, Width - x), Math.Clamp((int)box.Height, 8, Height - y))
                );
                using var gray = part.CvtColor(ColorConversionCodes.BGR2GRAY);
                // Squares have sharp edges and nothing between them: what most pixels differ from their neighbours by.
                using var edges = gray.Laplacian(MatType.CV_32F);
                using var size = (Mat)Cv2.Abs(edges);
                size.GetArray(out float[] values);
                var detail = values.Order().ElementAt(values.Length / 2);
                details.Add(detail);
                using var small = part.Resize(new Size(Shown, Shown), interpolation: InterpolationFlags.Nearest);
                all.Add((detail, small.ToBytes(".png")));
                if (all.Count > MostShown * 2)
                    Keep();
            }
        }

        public void Draw(string path)
        {
            Keep();
            using var sheet = new Mat(
                Math.Max(1, (all.Count + Across - 1) / Across) * Shown,
                Across * Shown,
                MatType.CV_8UC3,
                Scalar.All(255)
            );
            for (var i = 0; i < all.Count; i++)
            {
                using var one = Cv2.ImDecode(all[i].Png, ImreadModes.Color);
                using var place = new Mat(sheet, new Rect(i % Across * Shown, i / Across * Shown, Shown, Shown));
                one.CopyTo(place);
            }

            Cv2.ImWrite(path, sheet);
        }

        private void Keep()
        {
            all.Sort((a, b) => b.Detail.CompareTo(a.Detail));
            all.RemoveRange(Math.Min(MostShown, all.Count), Math.Max(0, all.Count - MostShown));
        }
    }
}
