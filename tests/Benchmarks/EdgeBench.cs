using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrightKitchen.KitchenStack;
using BrightKitchen.VisionModels.Manifests;
using Microsoft.ML.OnnxRuntime;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What cameras cost: the whole EdgeAgent on 1080p25 main streams (copied) and their 640×360 sub-streams (5 fps looked at where something moves), beside ffmpeg
/// alone on the same streams plus bare ONNX Runtime on as many looks; with many cameras beside Debian's motion on the same sub-streams too.
/// </summary>
internal static partial class EdgeBench
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20), Measured = TimeSpan.FromSeconds(60), Patience = TimeSpan.FromSeconds(60);

    public static Task<IReadOnlyList<Figure>> OneAsync(Action<string> say) => RunAsync("edge", 1, say);

    public static Task<IReadOnlyList<Figure>> SixteenAsync(Action<string> say) => RunAsync("edge16", 16, say);

    private static async Task<IReadOnlyList<Figure>> RunAsync(string name, int count, Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            await using var cameras = await CameraServer.StartAsync(
                folder,
                [new("/main", Path.Combine(Repository.Pictures, "line-main.ts")), new("/sub", Path.Combine(Repository.Pictures, "line-sub.ts"))]);
            say($"EdgeAgent with {count} cameras for {Measured.TotalSeconds:0} s after {WarmUp.TotalSeconds:0} s of warming up …");
            var (agent, before, after) = await AgentAsync(folder, cameras, count);
            var looks = after.Looks - before.Looks;
            say($"ffmpeg alone on the same streams and beside it bare ONNX Runtime on {looks} frames, for {Measured.TotalSeconds:0} s …");
            var (ffmpeg, bare) = await PeersAsync(folder, cameras, count, looks);
            var perMinute = 60 / Measured.TotalSeconds / count;
            List<Figure> figures =
            [
                new($"{name}.cpu_ratio", agent / (ffmpeg + bare), "ratio", "EdgeAgent / (ffmpeg alone + bare ONNX Runtime), CPU seconds", looks),
                new($"{name}.cpu", agent * perMinute, "s/camera-min", "EdgeAgent with its ffmpeg", looks),
                new($"{name}.cpu_ffmpeg", ffmpeg * perMinute, "s/camera-min", "ffmpeg copying the main stream, decoding the sub-stream to 5 fps", looks),
                new($"{name}.cpu_onnx", bare * perMinute, "s/camera-min", "bare ONNX Runtime, one thread a worker, as many looks over the same time", looks),
            ];
            if (count == 1)
                return figures;
            figures.Add(new($"{name}.cpu_share", agent / Measured.TotalSeconds / Environment.ProcessorCount, "share", $"of {Environment.ProcessorCount} cores; the goal on two is below 0.8", looks));
            figures.Add(new($"{name}.age_p99_ms", AgeP99(before, after) * 1000, "ms", "upper end of the histogram's step; the goal is below 1000", after.Judged - before.Judged));
            say("Debian's motion on the same sub-streams …");
            figures.Add(new($"{name}.vs_motion", agent / await MotionAsync(folder, cameras, count), "ratio", "EdgeAgent, which copies and recognises too / motion, which only detects change, CPU seconds", looks));
            return figures;
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    /// <summary>The shipped box on the bench's streams, answering.</summary>
    public static async Task<(Child Agent, Uri Address)> StartAgentAsync(string folder, CameraServer cameras, int count)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
        var settings = Path.Combine(folder, "settings.json");
        await File.WriteAllTextAsync(settings, JsonSerializer.Serialize(new
        {
            Box = new
            {
                Data = Path.Combine(folder, "box"),
                Cameras = new { Cameras = Enumerable.Range(1, count).Select(n => new { Id = $"line-{n}", Url = cameras.Url("/main"), SubUrl = cameras.Url("/sub") }) },
                Rules = Enumerable.Range(1, count).Select(n => new { Camera = $"line-{n}", Kind = "intrusion", ZoneName = "zone" }),
                Detection = new { Repository.Models },
                Installer = new { Port = 0 },
            },
        }));
        var agent = Child.Dotnet("EdgeAgent", Path.Combine(folder, "agent.log"), ["--urls", address.ToString(), "--settings", settings]);
        await agent.AnswersAsync(new(address, "/health/live"), Patience, CancellationToken.None);
        return (agent, address);
    }

    private static async Task<(double Seconds, Counts Before, Counts After)> AgentAsync(string folder, CameraServer cameras, int count)
    {
        var (agent, address) = await StartAgentAsync(folder, cameras, count);
        await using var owned = agent;
        await Task.Delay(WarmUp);
        var (seconds, before) = (agent.ProcessorSeconds, await CountsAsync(address));
        await Task.Delay(Measured);
        (seconds, var after) = (agent.ProcessorSeconds - seconds, await CountsAsync(address));
        var expected = Measured.TotalSeconds * 5 * count;
        return after.Judged - before.Judged > expected * 0.9
            ? (seconds, before, after) : throw new InvalidOperationException($"Only {after.Judged - before.Judged} of {expected:0} frames were judged: the figure would flatter.");
    }

    public static async Task<Counts> CountsAsync(Uri address)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler);
        var text = await client.GetStringAsync(new Uri(address, "/metrics"));
        long Sum(string metric) => Regex.Matches(text, $@"^{metric}_total\{{[^}}]*\}} (\d+)", RegexOptions.Multiline).Sum(m => long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
        var ages = AgeStep().Matches(text).Select(m => (m.Groups[1].Value == "+Inf" ? double.PositiveInfinity : double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))).ToList();
        var looks = Sum("edge_frames_analysed");
        return looks > 0 && ages.Count > 0 ? new(looks, looks + Sum("edge_frames_still"), Sum("edge_frames_dropped"), ages) : throw new InvalidOperationException("The box tells no counts of frames.");
    }

    public static double AgeP99(Counts before, Counts after) => AgeOf(before, after, 0.99);

    /// <summary>The upper end of the histogram's step that holds this share of the frames, seconds.</summary>
    public static double AgeOf(Counts before, Counts after, double share)
    {
        var steps = after.Ages.Zip(before.Ages, (a, b) => (a.Below, Count: a.Count - b.Count)).ToList();
        return steps.First(s => s.Count >= steps[^1].Count * share).Below;
    }

    // Both at once and as evenly over the time as in the box: on shared caches and paired cores each costs more than it would alone.
    private static async Task<(double Ffmpeg, double Runtime)> PeersAsync(string folder, CameraServer cameras, int count, long looks)
    {
        var running = new List<Child>();
        try
        {
            for (var n = 0; n < count; n++)
            {
                running.Add(Start($"copy-{n}", "-map 0:v:0 -c copy -an -movflags +frag_keyframe+empty_moov -f mp4 -y /dev/null", cameras.Url("/main")));
                running.Add(Start($"decode-{n}", "-map 0:v:0 -an -vf fps=5 -pix_fmt bgr24 -f rawvideo -y /dev/null", cameras.Url("/sub")));
            }

            await Task.Delay(WarmUp);
            var before = running.Sum(r => r.ProcessorSeconds);
            var workers = Math.Clamp(Environment.ProcessorCount, 1, 4);
            var bare = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => BareRuntime(looks / workers))));
            var ffmpeg = running.Sum(r => r.ProcessorSeconds) - before;
            return running.TrueForAll(r => r.Running) ? (ffmpeg, bare.Sum()) : throw new InvalidOperationException("ffmpeg ended before its time.");
        }
        finally
        {
            foreach (var child in running)
                await child.DisposeAsync();
        }

        Child Start(string name, string output, string url) => Child.Start(
            "ffmpeg", name, Path.Combine(folder, name + ".log"), $"-hide_banner -nostats -loglevel error -rtsp_transport tcp -threads 1 -i {url} {output}".Split(' '));
    }

    private static async Task<double> MotionAsync(string folder, CameraServer cameras, int count)
    {
        var lines = new List<string> { "daemon off", $"log_file {Path.Combine(folder, "motion-own.log")}", "webcontrol_port 0", "stream_port 0" };
        for (var n = 1; n <= count; n++)
        {
            var camera = Path.Combine(folder, $"motion-{n}.conf");
            await File.WriteAllLinesAsync(camera,
                [$"camera_id {n}", $"netcam_url {cameras.Url("/sub")}", "width 640", "height 360", "framerate 5", "picture_output off", "movie_output off", $"target_dir {folder}"]);
            lines.Add($"camera {camera}");
        }

        var file = Path.Combine(folder, "motion.conf");
        await File.WriteAllLinesAsync(file, lines);
        await using var motion = Child.Start("motion", "motion", Path.Combine(folder, "motion.log"), ["-n", "-c", file]);
        await Task.Delay(WarmUp);
        var before = motion.ProcessorSeconds;
        await Task.Delay(Measured);
        return motion.Running && motion.ProcessorSeconds - before is > 0.5 and var seconds
            ? seconds : throw new InvalidOperationException($"motion does not run: {string.Join(' ', File.ReadLines(motion.LogFile).TakeLast(3))}");
    }

    /// <summary>CPU seconds of one thread that runs the detector on so many frames, spread over <see cref="Measured"/>.</summary>
    private static double BareRuntime(long frames)
    {
        var (manifest, weights) = ModelManifest.Read(Repository.Models, "detector");
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(weights, options);
        // The shape that a 16:9 frame gets: its long side the model's, its short side up to the next stride.
        var step = manifest.Strides.Max();
        var height = ((manifest.Input.Width * 9 / 16) + step - 1) / step * step;
        var tensor = new float[3 * manifest.Input.Width * height];
        for (var i = 0; i < tensor.Length; i++)
            tensor[i] = i % 256;
        using var value = OrtValue.CreateTensorValueFromMemory(tensor, [1, 3, height, manifest.Input.Width]);
        using var run = new RunOptions();
        for (var i = 0; i < 10; i++)
            session.Run(run, [manifest.Input.Name], [value], session.OutputNames).Dispose();
        var watch = Stopwatch.StartNew();
        var before = ThreadSeconds();
        for (var i = 0; i < frames; i++)
        {
            if (Measured * i / frames - watch.Elapsed is var early && early > TimeSpan.Zero)
                Thread.Sleep(early);
            using var outputs = session.Run(run, [manifest.Input.Name], [value], session.OutputNames);
        }

        return ThreadSeconds() - before;
    }

    // With one thread allowed, ONNX Runtime works on the caller's.
    private static double ThreadSeconds()
    {
        var fields = File.ReadAllText("/proc/thread-self/schedstat").Split(' ');
        return double.Parse(fields[0], CultureInfo.InvariantCulture) / 1e9;
    }

    /// <param name="Looks">Frames that the models looked at.</param>
    /// <param name="Judged">Those, and the ones found still.</param>
    /// <param name="Dropped">Frames that a newer one replaced.</param>
    /// <param name="Ages">Frames judged below an age in seconds.</param>
    public sealed record Counts(long Looks, long Judged, long Dropped, IReadOnlyList<(double Below, long Count)> Ages);

    [GeneratedRegex(@"^edge_frame_age_seconds_bucket\{[^}]*le=""([^""]+)""[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex AgeStep();
}
