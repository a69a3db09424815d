using System.Diagnostics;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Sessions;
using Microsoft.ML.OnnxRuntime;
using OpenCvSharp;
using OpenCvSharp.Dnn;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What seeing costs: detector, attributes and tracking on real frames with one thread, beside bare ONNX Runtime and OpenCV's DNN module
/// running the same files on the very inputs that the pipeline made.
/// </summary>
internal static class VisionBench
{
    private const int Frames = 120;
    private const int Rounds = 5;
    private static readonly string[] Attributes = ["head", "face", "hand"];

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        Cv2.SetNumThreads(1);
        say($"{Frames} frames of the demo's two cameras …");
        List<Mat> frames = [.. await FramesAsync("line-sub.ts", 8), .. await FramesAsync("store-main.ts", 2)];
        try
        {
            using var models = new SceneModels(Repository.Models, Attributes);
            var inputs = Record(models, frames);
            say($"{inputs.Count} runs of the models; {Rounds} rounds of each …");
            using var bare = new BareRuntime(inputs);
            using var dnn = OpenCvDnn.Load(inputs, say);
            var (ours, theirs, opencv) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                // In turns, so that a busy machine slows all alike.
                ours.Add(Seconds(() => Look(models, frames)));
                theirs.Add(Seconds(bare.Run));
                if (dnn is not null)
                    opencv.Add(Seconds(dnn.Run));
            }

            var perFrame = 1000.0 / frames.Count;
            List<Figure> figures =
            [
                new(
                    "vision.pipeline_ratio",
                    Median(ours) / Median(theirs),
                    "ratio",
                    "detector + attributes + tracking / bare ONNX Runtime on the same inputs, one thread",
                    frames.Count
                ),
                new("vision.pipeline", Median(ours) * perFrame, "ms/frame", "detector + attributes + tracking", frames.Count),
                new("vision.onnx", Median(theirs) * perFrame, "ms/frame", "bare ONNX Runtime", frames.Count),
            ];
            if (dnn is not null)
                figures.Add(
                    new(
                        "vision.vs_opencv_dnn",
                        Median(ours) / Median(opencv),
                        "ratio",
                        "the same / OpenCV DNN "
                            + $"{(dnn.Left.Count > 0 ? "without " + string.Join(", ", dnn.Left) : "on all models")}, "
                            + $"{Median(opencv) * perFrame:0.0} ms/frame",
                        frames.Count
                    )
                );
            return figures;
        }
        finally
        {
            frames.ForEach(f => f.Dispose());
        }
    }

    private static void Look(SceneModels models, List<Mat> frames)
    {
        var scene = new Scene(models);
        for (var i = 0; i < frames.Count; i++)
            scene.Look(frames[i], DateTimeOffset.UnixEpoch.AddSeconds(i * 0.2));
    }

    private static List<ModelInputs> Record(SceneModels models, List<Mat> frames)
    {
        var inputs = new List<ModelInputs>();
        Dictionary<string, ModelSession> sessions = models.Attributes.ToDictionary(a => a.Key, a => a.Value.Session);
        sessions["detector"] = models.Detector.Session;
        foreach (var (name, session) in sessions)
            session.Ran = run => inputs.Add(new(name, (float[])run.Input.Clone(), [.. run.Shape]));
        Look(models, frames);
        foreach (var session in sessions.Values)
            session.Ran = null;
        return inputs;
    }

    private static double Seconds(Action action)
    {
        var began = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<List<Mat>> FramesAsync(string name, int everySecond)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-frames-");
        try
        {
            using var ffmpeg = Process.Start(
                "ffmpeg",
                $"-loglevel error -i {Path.Combine(Repository.Pictures, name)} -vf "
                    + $"fps={everySecond},scale=640:-2 -frames:v {Frames / 2} {Path.Combine(folder.FullName, "%04d.png")}"
            );
            await ffmpeg.WaitForExitAsync();
            return folder.GetFiles().OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => Cv2.ImRead(f.FullName)).ToList();
        }
        finally
        {
            folder.Delete(true);
        }
    }

    /// <summary>One run's input as the pipeline made it.</summary>
    private sealed record ModelInputs(string Model, float[] Values, long[] Shape);

    private sealed class BareRuntime : IDisposable
    {
        private readonly SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        private readonly RunOptions run = new();
        private readonly Dictionary<string, InferenceSession> sessions = [];
        private readonly List<(InferenceSession Session, OrtValue Input)> inputs;

        public BareRuntime(IReadOnlyList<ModelInputs> recorded)
        {
            foreach (var name in recorded.Select(r => r.Model).Distinct())
                sessions[name] = new(ModelManifest.Read(Repository.Models, name).Weights, options);
            inputs = [.. recorded.Select(r => (sessions[r.Model], OrtValue.CreateTensorValueFromMemory(r.Values, r.Shape)))];
        }

        public void Run()
        {
            foreach (var (session, input) in inputs)
            {
                using var outputs = session.Run(run, session.InputNames, [input], session.OutputNames);
            }
        }

        public void Dispose()
        {
            inputs.ForEach(i => i.Input.Dispose());
            foreach (var session in sessions.Values)
                session.Dispose();
            run.Dispose();
            options.Dispose();
        }
    }

    private sealed class OpenCvDnn : IDisposable
    {
        private readonly Dictionary<string, Net> nets = [];
        private readonly List<(Net Net, Mat Blob)> inputs = [];

        public List<string> Left { get; } = [];

        /// <summary>Null where OpenCV reads none of the files.</summary>
        public static OpenCvDnn? Load(IReadOnlyList<ModelInputs> recorded, Action<string> say)
        {
            var dnn = new OpenCvDnn();
            foreach (var group in recorded.GroupBy(r => r.Model))
            {
                try
                {
                    var net = CvDnn.ReadNetFromOnnx(Fixed(ModelManifest.Read(Repository.Models, group.Key).Weights, group.First().Shape))
                        ?? throw new InvalidOperationException("it reads nothing");
                    dnn.nets[group.Key] = net;
                    List<(Net, Mat)> blobs =
                    [
                        .. group.Select(r => (net, Mat.FromPixelData(Array.ConvertAll(r.Shape, s => (int)s), MatType.CV_32FC1, r.Values))),
                    ];
                    foreach (var (_, blob) in blobs.DistinctBy(b => string.Join(',', Enumerable.Range(0, 4).Select(i => b.Item2.Size(i)))))
                    {
                        net.SetInput(blob);
                        using var output = net.Forward();
                    }

                    dnn.inputs.AddRange(blobs);
                }
                catch (Exception e) when (e is OpenCVException or InvalidOperationException)
                {
                    say($"OpenCV's DNN module cannot run {group.Key}: {e.Message.Split('\n')[0]}");
                    dnn.Left.Add(group.Key);
                }
            }

            if (dnn.inputs.Count > 0)
                return dnn;
            dnn.Dispose();
            return null;
        }

        /// <summary>
        /// The same file with its free sizes set, which OpenCV needs to read it: the name of a dimension (field 2, text) becomes its value
        /// (field 1, a varint padded to the same length), so that no length in the file changes.
        /// </summary>
        private static byte[] Fixed(byte[] weights, long[] shape)
        {
            foreach (var (name, value) in new[] { ("height", shape[2]), ("width", shape[3]) })
            {
                byte[] free = [0x12, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name)];
                var set = new byte[free.Length];
                set[0] = 0x08;
                for (var i = 1; i < set.Length; i++)
                    set[i] = (byte)(((value >> (7 * (i - 1))) & 0x7f) | (i < set.Length - 1 ? 0x80u : 0));
                for (var at = weights.AsSpan().IndexOf(free); at >= 0; at = weights.AsSpan().IndexOf(free))
                    set.CopyTo(weights, at);
            }

            return weights;
        }

        public void Run()
        {
            foreach (var (net, blob) in inputs)
            {
                net.SetInput(blob);
                using var output = net.Forward();
            }
        }

        public void Dispose()
        {
            inputs.ForEach(i => i.Blob.Dispose());
            foreach (var net in nets.Values)
                net.Dispose();
        }
    }
}
