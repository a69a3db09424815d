using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Manifests;
using BrightKitchen.VisionModels.Scenes;
using BrightKitchen.VisionModels.Teaching;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Detection;

/// <summary>What the box makes of one camera's frames, with the shipped models on the demo's portrait.</summary>
public sealed class CameraAnalyzerTests(Temporary temporary)
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);
    private static readonly RectF BinRegion = new(0.771f, 0.417f, 0.151f, 0.407f);

    [Fact]
    public async Task A_bare_head_and_a_bare_face_are_voted_so_and_the_bin_is_closed()
    {
        using ModelSet by = new(new(Repository.Models, ["head", "face"]), new(Repository.Models));
        using var eyes = new CameraAnalyzer(
            by.Models,
            ["head", "face"],
            [new ZoneMonitor(await BinAsync(by.Embedder), by.Embedder)],
            new(TimeSpan.FromSeconds(3)),
            temporary.File("view")
        );
        using var picture = await FrameAsync(8);
        // What stands still is looked at less often than frames come: the newest of each label counts, and of two the surer one.
        var seen = new Dictionary<string, TrackedObject>();
        for (var i = 0; i < 12; i++)
        {
            using var observation = eyes.Look(new(CameraId.Parse("line", null), Start.AddSeconds(i * 0.3), Planar(picture)), by);
            foreach (var sighting in observation.Objects.Reverse())
                seen[sighting.Label] = sighting;
        }

        Label("head", "head").ShouldBe("bare");
        Label("face", "face").ShouldBe("bare");
        Label("zone:bin", RuleKind.State).ShouldBe("closed");
        Label(RuleKind.Camera, RuleKind.Picture).ShouldBe("good");

        string? Label(string label, string attribute) => seen[label].VoteResults[attribute].Label;
    }

    [Fact]
    public async Task Of_a_covered_camera_nothing_is_claimed_but_that()
    {
        using ModelSet by = new(new(Repository.Models, ["head", "face"]), new(Repository.Models));
        using var eyes = new CameraAnalyzer(by.Models, [], [], new(TimeSpan.FromSeconds(3)), temporary.File("view"));
        using var picture = await FrameAsync(8);
        for (var i = 0; i < 20; i++)
            eyes.Look(new(CameraId.Parse("line", null), Start.AddSeconds(i * 0.2), Planar(picture)), by).Dispose();
        using var observation = eyes.Look(
            new(CameraId.Parse("line", null), Start.AddSeconds(10), new(new Mat(540, 640, MatType.CV_8UC1, Scalar.All(3)))),
            by
        );
        observation.Objects.ShouldHaveSingleItem().Label.ShouldBe(RuleKind.Camera);
    }

    [Fact]
    public async Task A_zone_whose_states_look_alike_is_refused_with_the_reason()
    {
        using var embedder = new Embedder(Repository.Models);
        var zone = new TaughtZone("bin", BinRegion, embedder.Manifest.Sha256, []);
        using var picture = await FrameAsync(1);
        for (var occasion = 0; occasion < 4; occasion++)
        {
            foreach (var state in new[] { "open", "closed" })
                zone = zone.With(state, $"{state}{occasion}", picture, embedder);
        }

        var file = temporary.File("bin.json");
        zone.Write(file);
        Should.Throw<ModelException>(() => new ZoneMonitor(file, embedder)).Message.ShouldContain("is not armed");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\":\"bin\"")]
    [InlineData("null")]
    public async Task A_damaged_zone_costs_its_rule_and_says_so(string text)
    {
        using var embedder = new Embedder(Repository.Models);
        var file = temporary.File("bin.json");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        Should.Throw<ModelException>(() => new ZoneMonitor(file, embedder)).Message.ShouldContain("Train it");
    }

    private async Task<string> BinAsync(Embedder embedder)
    {
        var zone = new TaughtZone("bin", BinRegion, embedder.Manifest.Sha256, []);
        foreach (var state in new[] { "open", "closed" })
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(Repository.Pictures, "bin", state)))
            {
                using var shown = Cv2.ImRead(path);
                zone = zone.With(state, state + Path.GetFileNameWithoutExtension(path).Split('_')[0], shown, embedder);
            }
        }

        var file = temporary.File("bin.json");
        await Task.Run(() => zone.Write(file), TestContext.Current.CancellationToken);
        return file;
    }

    private static EdgeAgent.Cameras.PlanarPicture Planar(Mat bgr)
    {
        var planes = new Mat();
        Cv2.CvtColor(bgr, planes, ColorConversionCodes.BGR2YUV_I420);
        return new(planes);
    }

    private async Task<Mat> FrameAsync(int second)
    {
        var file = temporary.File("frame.png");
        await Ffmpeg.RunAsync($"-ss {second} -i {Path.Combine(Repository.Pictures, "line-main.ts")} -frames:v 1 -vf scale=640:360 {file}");
        return Cv2.ImRead(file);
    }
}
