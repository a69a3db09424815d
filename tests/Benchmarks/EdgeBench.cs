using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Scenes;
using Microsoft.ML.OnnxRuntime;
using OpenCvSharp;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What cameras cost: the whole EdgeAgent on 1080p25 main streams (copied) and their 640×360 sub-streams (5 fps looked at where something
/// moves), beside ffmpeg alone on the same streams plus bare ONNX Runtime on as many looks, classifiers included; with many cameras beside
/// Debian's motion on the same sub-streams too.
/// </summary>
internal static partial class EdgeBench
{
    private const int RecordedLooks = 60;

    // The same limits for the product and for its peers: a thread a run of a model, a worker a core and four at most, ffmpeg as it is by
    // default but for one encoder thread.
    private const int ModelThreads = 1;
    private static readonly int Workers = Math.Clamp(Environment.ProcessorCount, 1, 4);

    // Every rule that needs no teaching, so that all classifiers run.
    private static readonly string[] Rules = ["no-hat", "no-mask", "no-gloves", "intrusion", "camera-dark", "camera-moved", "camera-lost"];
    private static readonly string[] Attributes = ["head", "face", "hand"];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task<IReadOnlyList<Figure>> OneAsync(Action<string> say) => RunAsync("edge", 1, say);

    public static Task<IReadOnlyList<Figure>> SixteenAsync(Action<string> say) => RunAsync("edge16", 16, say);

    private static async Task<IReadOnlyList<Figure>> RunAsync(string name, int count, Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            await using var cameras = await CameraServer.StartAsync(
                folder,
                [
                    new("/main", Path.Combine(Repository.Pictures, "line-main.ts")),
                    new("/sub", Path.Combine(Repository.Pictures, "line-sub.ts")),
                ]
            );
            say($"EdgeAgent with {count} cameras for {Measured.TotalSeconds:0} s after {WarmUp.TotalSeconds:0} s of warming up …");
            var (agent, before, after) = await AgentAsync(folder, cameras, count);
            var looks = after.Looks - before.Looks;
            say($"ffmpeg alone on the same streams and beside it bare ONNX Runtime on {looks} frames, for {Measured.TotalSeconds:0} s …");
            var (ffmpeg, bare) = await PeersAsync(folder, cameras, count, looks);
            var perMinute = 60 / Measured.TotalSeconds / count;
            List<Figure> figures =
            [
                new(
                    $"{name}.cpu_ratio",
                    agent / (ffmpeg + bare),
                    "ratio",
                    "EdgeAgent / (ffmpeg alone + bare ONNX Runtime), CPU seconds",
                    looks
                ),
                new($"{name}.cpu", agent * perMinute, "s/camera-min", "EdgeAgent with its ffmpeg", looks),
                new(
                    $"{name}.cpu_ffmpeg",
                    ffmpeg * perMinute,
                    "s/camera-min",
                    "ffmpeg copying the main stream, decoding the sub-stream to 5 fps",
                    looks
                ),
                new(
                    $"{name}.cpu_onnx",
                    bare * perMinute,
                    "s/camera-min",
                    "bare ONNX Runtime, one thread a worker, as many looks of the detector and of the classifiers over the same time",
                    looks
                ),
            ];
            if (count == 1)
                return figures;
            figures.Add(
                new(
                    $"{name}.cpu_share",
                    agent / Measured.TotalSeconds / Environment.ProcessorCount,
                    "share",
                    $"of {Environment.ProcessorCount} cores; the goal on two is below 0.8",
                    looks
                )
            );
            figures.Add(
                new(
                    $"{name}.age_p99_ms",
                    AgeP99(before, after) * 1000,
                    "ms",
                    "upper end of the histogram's step; the goal is below 1000",
                    after.Judged - before.Judged
                )
            );
            say("Debian's motion on the same sub-streams …");
            figures.Add(
                new(
                    $"{name}.vs_motion",
                    agent / await MotionAsync(folder, cameras, count),
                    "ratio",
                    "EdgeAgent, which copies and recognises too / motion, which only detects change, CPU seconds",
                    looks
                )
            );
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
        await File.WriteAllTextAsync(
            settings,
            JsonSerializer.Serialize(
                new
                {
                    Box = new
                    {
                        Data = Path.Combine(folder, "box"),
                        Cameras = new
                        {
                            Cameras = Enumerable
                                .Range(1, count)
                                .Select(n => new
                                {
                                    Id = $"line-{n}",
                                    Url = cameras.Url("/main"),
                                    SubUrl = cameras.Url("/sub"),
                                }),
                        },
                        Rules = Enumerable
                            .Range(1, count)
                            .SelectMany(n =>
                                Rules.Select(kind => new
                                {
                                    Camera = $"line-{n}",
                                    Kind = kind,
                                    ZoneName = "zone",
                                })
                            ),
                        Detection = new
                        {
                            Repository.Models,
                            Threads = ModelThreads,
                            Workers,
                        },
                        Installer = new { Port = 0 },
                    },
                }
            )
        );
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
            ? (seconds, before, after)
            : throw new InvalidOperationException(
                $"Only {after.Judged - before.Judged} of {expected:0} frames were judged: the figure would flatter."
            );
    }

    public static async Task<Counts> CountsAsync(Uri address)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler);
        var text = await client.GetStringAsync(new Uri(address, "/metrics"));
        long Sum(string metric) =>
            Regex
                .Matches(text, $@"^{metric}_total\{{[^}}]*\}} (\d+)", RegexOptions.Multiline)
                .Sum(m => long.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));
        var ages = AgeStep()
            .Matches(text)
            .Select(m =>
                (
                    m.Groups[1].Value == "+Inf" ? double.PositiveInfinity : double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture),
                    long.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture)
                )
            )
            .ToList();
        var looks = Sum("edge_frames_analysed");
        return looks > 0 && ages.Count > 0
            ? new(looks, looks + Sum("edge_frames_still"), Sum("edge_frames_dropped"), ages)
            : throw new InvalidOperationException("The box tells no counts of frames.");
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
        var recorded = await RecordAsync(folder);
        try
        {
            for (var n = 0; n < count; n++)
            {
                running.Add(
                    Start(
                        $"copy-{n}",
                        "-map 0:v:0 -c copy -an -movflags +frag_keyframe+empty_moov -f mp4 -y /dev/null",
                        cameras.Url("/main")
                    )
                );
                running.Add(
                    Start($"decode-{n}", "-map 0:v:0 -an -vf fps=5 -threads 1 -pix_fmt bgr24 -f rawvideo -y /dev/null", cameras.Url("/sub"))
                );
            }

            await Task.Delay(WarmUp);
            var before = running.Sum(r => r.ProcessorSeconds);
            var bare = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(() => BareRuntime(recorded, looks / Workers))));
            var ffmpeg = running.Sum(r => r.ProcessorSeconds) - before;
            return running.TrueForAll(r => r.Running)
                ? (ffmpeg, bare.Sum())
                : throw new InvalidOperationException("ffmpeg ended before its time.");
        }
        finally
        {
            foreach (var child in running)
                await child.DisposeAsync();
        }

        Child Start(string name, string output, string url) =>
            Child.Start(
                "ffmpeg",
                name,
                Path.Combine(folder, name + ".log"),
                ($"-hide_banner -nostats -loglevel error -rtsp_transport tcp -i {url} {output}").Split(' ')
            );
    }

    private static async Task<double> MotionAsync(string folder, CameraServer cameras, int count)
    {
        var lines = new List<string>
        {
            "daemon off",
            $"log_file {Path.Combine(folder, "motion-own.log")}",
            "webcontrol_port 0",
            "stream_port 0",
        };
        for (var n = 1; n <= count; n++)
        {
            var camera = Path.Combine(folder, $"motion-{n}.conf");
            await File.WriteAllLinesAsync(
                camera,
                [
                    $"camera_id {n}",
                    $"netcam_url {cameras.Url("/sub")}",
                    "width 640",
                    "height 360",
                    "framerate 5",
                    "picture_output off",
                    "movie_output off",
                    $"target_dir {folder}",
                ]
            );
            lines.Add($"camera {camera}");
        }

        var file = Path.Combine(folder, "motion.conf");
        await File.WriteAllLinesAsync(file, lines);
        await using var motion = Child.Start("motion", "motion", Path.Combine(folder, "motion.log"), ["-n", "-c", file]);
        await Task.Delay(WarmUp);
        var before = motion.ProcessorSeconds;
        await Task.Delay(Measured);
        return motion.Running && motion.ProcessorSeconds - before is > 0.5 and var seconds
            ? seconds
            : throw new InvalidOperationException($"motion does not run: {string.Join(' ', File.ReadLines(motion.LogFile).TakeLast(3))}");
    }

    /// <summary>
    /// The runs of the models that some looks at the sub-stream take, a list a look: what the detector gets, and the crops of whatever it
    /// found.
    /// </summary>
    private static async Task<List<List<(string Model, long[] Shape)>>> RecordAsync(string folder)
    {
        var frames = Directory.CreateDirectory(Path.Combine(folder, "looks"));
        using (
            var ffmpeg = Process.Start(
                "ffmpeg",
                $"-loglevel error -i {Path.Combine(Repository.Pictures, "line-sub.ts")} -vf fps=5 "
                    + $"-frames:v {RecordedLooks} {Path.Combine(frames.FullName, "%04d.png")}"
            )
        )
            await ffmpeg.WaitForExitAsync();
        using var models = new SceneModels(Repository.Models, Attributes, ModelThreads);
        var looks = new List<List<(string, long[])>>();
        var sessions = models.Attributes.ToDictionary(a => a.Key, a => a.Value.Session);
        sessions["detector"] = models.Detector.Session;
        foreach (var (name, session) in sessions)
            session.Ran = run => looks[^1].Add((name, run.Shape.ToArray()));
        var scene = new Scene(models);
        foreach (var file in frames.GetFiles().OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            using var frame = Cv2.ImRead(file.FullName);
            looks.Add([]);
            scene.Look(frame, DateTimeOffset.UnixEpoch.AddSeconds((looks.Count - 1) * 0.2));
        }

        return looks.Sum(l => l.Count) > looks.Count && looks.Count > 0
            ? looks
            : throw new InvalidOperationException("No classifier ran on the sub-stream: the figure would be of the detector alone.");
    }

    /// <summary>
    /// CPU seconds of one thread that runs the models on so many looks, one after the other of those recorded, spread over
    /// <see cref="Measured"/>.
    /// </summary>
    private static double BareRuntime(List<List<(string Model, long[] Shape)>> recorded, long looks)
    {
        using var options = new SessionOptions { IntraOpNumThreads = ModelThreads, InterOpNumThreads = 1 };
        using var run = new RunOptions();
        var sessions = recorded
            .SelectMany(l => l)
            .Select(r => r.Model)
            .Distinct()
            .ToDictionary(m => m, m => new InferenceSession(ModelManifest.Read(Repository.Models, m).Weights, options));
        var inputs = recorded
            .SelectMany(l => l)
            .Select(r => string.Join('x', r.Shape))
            .Distinct()
            .ToDictionary(
                s => s,
                s =>
                {
                    var shape = s.Split('x').Select(long.Parse).ToArray();
                    var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
                    for (var i = 0; i < values.Length; i++)
                        values[i] = i % 256;
                    return OrtValue.CreateTensorValueFromMemory(values, shape);
                }
            );
        try
        {
            for (var i = 0; i < recorded.Count; i++)
                Look(i);
            var watch = Stopwatch.StartNew();
            var before = ThreadSeconds();
            for (var i = 0; i < looks; i++)
            {
                if (Measured * i / looks - watch.Elapsed is var early && early > TimeSpan.Zero)
                    Thread.Sleep(early);
                Look(i);
            }

            return ThreadSeconds() - before;
        }
        finally
        {
            foreach (var input in inputs.Values)
                input.Dispose();
            foreach (var session in sessions.Values)
                session.Dispose();
        }

        void Look(int i)
        {
            foreach (var (model, shape) in recorded[i % recorded.Count])
            {
                var session = sessions[model];
                using var outputs = session.Run(run, session.InputNames, [inputs[string.Join('x', shape)]], session.OutputNames);
            }
        }
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
