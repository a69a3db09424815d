using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BrightKitchen.KitchenStack;
using BrightKitchen.VisionModels.Manifests;
using Microsoft.ML.OnnxRuntime;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What a camera costs: the whole EdgeAgent on one 1080p25 main stream (copied) and its 640×360 sub-stream (analysed at 5 fps), beside ffmpeg alone
/// on the same streams plus bare ONNX Runtime on as many frames.
/// </summary>
internal static partial class EdgeBench
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15), Measured = TimeSpan.FromSeconds(60), Patience = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            await using var cameras = await CameraServer.StartAsync(
                folder,
                [new("/main", Path.Combine(Repository.Pictures, "line-main.ts")), new("/sub", Path.Combine(Repository.Pictures, "line-sub.ts"))]);
            say($"EdgeAgent for {Measured.TotalSeconds:0} s after {WarmUp.TotalSeconds:0} s of warming up …");
            var (agent, frames) = await AgentAsync(folder, cameras);
            say($"ffmpeg alone on the same streams for {Measured.TotalSeconds:0} s …");
            var ffmpeg = await FfmpegAsync(folder, cameras);
            say($"bare ONNX Runtime on {frames} frames …");
            var bare = BareRuntime(frames);
            var perMinute = 60 / Measured.TotalSeconds;
            return
            [
                new("edge.cpu_ratio", agent / (ffmpeg + bare), "ratio", "EdgeAgent / (ffmpeg alone + bare ONNX Runtime), CPU seconds", frames),
                new("edge.cpu", agent * perMinute, "s/camera-min", "EdgeAgent with its ffmpeg", frames),
                new("edge.cpu_ffmpeg", ffmpeg * perMinute, "s/camera-min", "ffmpeg copying the main stream, decoding the sub-stream to 5 fps", frames),
                new("edge.cpu_onnx", bare * perMinute, "s/camera-min", "bare ONNX Runtime, one thread, as many frames", frames),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<(double Seconds, long Frames)> AgentAsync(string folder, CameraServer cameras)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
        var settings = Path.Combine(folder, "settings.json");
        await File.WriteAllTextAsync(settings, JsonSerializer.Serialize(new
        {
            Box = new
            {
                Data = Path.Combine(folder, "box"),
                Cameras = new { Cameras = new[] { new { Id = "line", Url = cameras.Url("/main"), SubUrl = cameras.Url("/sub") } } },
                Rules = new[] { new { Camera = "line", Kind = "intrusion", ZoneName = "zone" } },
                Detection = new { Repository.Models },
                Installer = new { Port = 0 },
            },
        }));
        await using var agent = Child.Dotnet("EdgeAgent", Path.Combine(folder, "agent.log"), ["--urls", address.ToString(), "--settings", settings]);
        await agent.AnswersAsync(new(address, "/health/live"), Patience, CancellationToken.None);
        await Task.Delay(WarmUp);
        var (seconds, frames) = (agent.ProcessorSeconds, await FramesAsync(address));
        await Task.Delay(Measured);
        (seconds, frames) = (agent.ProcessorSeconds - seconds, await FramesAsync(address) - frames);
        var expected = Measured.TotalSeconds * 5;
        return frames > expected * 0.9 ? (seconds, frames) : throw new InvalidOperationException($"Only {frames} of {expected:0} frames were analysed: the figure would flatter.");
    }

    private static async Task<long> FramesAsync(Uri address)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler);
        var match = Analysed().Match(await client.GetStringAsync(new Uri(address, "/metrics")));
        return match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new InvalidOperationException("The box tells no count of analysed frames.");
    }

    private static async Task<double> FfmpegAsync(string folder, CameraServer cameras)
    {
        await using var copy = Start("copy", $"-map 0:v:0 -c copy -an -movflags +frag_keyframe+empty_moov -f mp4 -y {Path.Combine(folder, "copy.mp4")}", cameras.Url("/main"));
        await using var decode = Start("decode", "-map 0:v:0 -an -vf fps=5 -pix_fmt bgr24 -f rawvideo -y /dev/null", cameras.Url("/sub"));
        await Task.Delay(WarmUp);
        var before = copy.ProcessorSeconds + decode.ProcessorSeconds;
        await Task.Delay(Measured);
        return copy.Running && decode.Running ? copy.ProcessorSeconds + decode.ProcessorSeconds - before : throw new InvalidOperationException("ffmpeg ended before its time.");

        Child Start(string name, string output, string url) => Child.Start(
            "ffmpeg", name, Path.Combine(folder, name + ".log"), $"-hide_banner -nostats -loglevel error -rtsp_transport tcp -i {url} {output}".Split(' '));
    }

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
        using var self = Process.GetCurrentProcess();
        var before = TimeSpan.Zero;
        for (var i = -10; i < frames; i++)
        {
            if (i == 0)
            {
                self.Refresh();
                before = self.TotalProcessorTime;
            }

            using var outputs = session.Run(run, [manifest.Input.Name], [value], session.OutputNames);
        }

        self.Refresh();
        return (self.TotalProcessorTime - before).TotalSeconds;
    }

    [GeneratedRegex(@"^edge_frames_analysed_total\{[^}]*\} (\d+)", RegexOptions.Multiline)]
    private static partial Regex Analysed();
}
