using System.Text;
using System.Text.Json.Nodes;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Rules;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels.Teaching;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Detection;

/// <summary>The file of a trained zone, damaged in every part of it: it costs its own rule, and detection continues.</summary>
public sealed class ZoneFileTests(Temporary temporary)
{
    private static readonly CameraOptions Line = new() { Id = "line", Url = "rtsp://127.0.0.1:9/x" };
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 3, 42, 0, TimeSpan.Zero);

    [Fact]
    public void A_damaged_zone_file_is_reported_and_the_other_zone_and_the_camera_are_still_analysed()
    {
        using ModelSet by = new(new(Repository.Models, []), new(Repository.Models));
        var whole = Encoding.UTF8.GetBytes(Write(by.Embedder, temporary.File("bin.json")));
        var files = Damages(whole).ToList();
        files.Count.ShouldBeGreaterThan(40);
        foreach (var (damage, bytes) in files)
        {
            var folders = new AgentFolders(temporary.Folder());
            Directory.CreateDirectory(folders.In("zones"));
            File.WriteAllBytes(folders.Zone("bin"), bytes);
            File.WriteAllBytes(
                folders.Zone("lid"),
                Encoding.UTF8.GetBytes(
                    Encoding
                        .UTF8.GetString(whole)
                        .Replace("\"bin\"", "\"lid\"", StringComparison.Ordinal)
                        .Replace("\"open\"", "\"uncovered\"", StringComparison.Ordinal)
                        .Replace("\"closed\"", "\"covered\"", StringComparison.Ordinal)
                )
            );
            var health = new AgentHealth();
            using var services = new ServiceCollection().AddMetrics().AddDataProtection().Services.BuildServiceProvider();
            var metrics = new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), TimeProvider.System);
            var settings = new AgentSettings
            {
                Cameras = new() { Cameras = [Line] },
                Rules = [Rule(FindingKinds.BinOpen, "bin"), Rule(FindingKinds.UncoveredFood, "lid")],
            };
            var site = new SiteStore(
                settings.Site,
                folders,
                services.GetRequiredService<IDataProtectionProvider>(),
                NullLogger<SiteStore>.Instance
            );
            using var room = new CameraAnalyzers(site, folders, health, NullLogger<CameraAnalyzers>.Instance);
            var cameras = new CameraSet(metrics, TimeProvider.System);
            cameras.Apply([Line]);
            var eyes = room.Of(cameras.Slots.Values.Single(), by);
            health.UnarmedRules.ShouldHaveSingleItem(damage).ShouldContain("bin", Case.Sensitive, damage);
            var picture = new Mat(540, 640, MatType.CV_8UC1);
            Cv2.Randu(picture, Scalar.All(40), Scalar.All(220));
            using var seen = eyes.Look(new(Line.CameraId, Start, new(picture)), by);
            seen.Objects.ShouldContain(s => s.Label == RuleKind.Zone + ":lid", damage);
            seen.Objects.ShouldNotContain(s => s.Label == RuleKind.Zone + ":bin", damage);
        }
    }

    [Fact]
    public void What_a_power_cut_leaves_of_a_zone_file_is_shown_as_a_zone_to_train_again()
    {
        var folders = new AgentFolders(temporary.Folder());
        Directory.CreateDirectory(folders.In("zones"));
        File.WriteAllBytes(folders.Zone("bin"), new byte[3000]);
        using var embedder = new Embedder(Repository.Models);
        Should
            .Throw<VisionModels.Manifests.ModelException>(() => TaughtZone.Read(folders.Zone("bin"), embedder))
            .Message.ShouldContain("Train it");
    }

    private static RuleOptions Rule(string kind, string zone) =>
        new()
        {
            Camera = "line",
            Kind = kind,
            Taught = zone,
            ZoneName = zone,
        };

    // Every value of the file, each replaced by null, by text, by a number without bounds, and left out; and the file cut, emptied and
    // overwritten with NUL.
    private static IEnumerable<(string Damage, byte[] Bytes)> Damages(byte[] whole)
    {
        yield return ("NUL", new byte[whole.Length]);
        yield return ("empty", []);
        yield return ("cut", whole[..(whole.Length / 2)]);
        yield return ("of another program", [0xff, 0xfe, 0, 1, 2]);
        var text = Encoding.UTF8.GetString(whole);
        foreach (
            var path in new[]
            {
                "name",
                "region",
                "embedding",
                "examples",
                "region/x",
                "region/width",
                "examples/2",
                "examples/2/state",
                "examples/2/occasion",
                "examples/2/embedding",
                "examples/2/embedding/7",
            }
        )
        {
            foreach (var value in new[] { "null", "\"x\"", "-1e30", "[]", "{}", "" })
            {
                var root = JsonNode.Parse(text)!;
                var steps = path.Split('/');
                var holder = steps[..^1].Aggregate(root, (node, step) => int.TryParse(step, out var at) ? node[at]! : node[step]!);
                if (holder is JsonArray array && value.Length == 0)
                    array.RemoveAt(int.Parse(steps[^1], System.Globalization.CultureInfo.InvariantCulture));
                else if (holder is JsonArray list)
                    list[int.Parse(steps[^1], System.Globalization.CultureInfo.InvariantCulture)] = JsonNode.Parse(value);
                else if (value.Length == 0)
                    ((JsonObject)holder).Remove(steps[^1]);
                else
                    holder[steps[^1]] = JsonNode.Parse(value);
                // A zone called x, a state or an occasion of another name, and one example fewer are no damage.
                if (
                    !(value == "\"x\"" && path is "name" or "examples/2/state" or "examples/2/occasion")
                    && !(value.Length == 0 && path == "examples/2")
                    && !(value.Length == 0 && path == "region/x")
                )
                    yield return ($"{path} = {value}", Encoding.UTF8.GetBytes(root.ToJsonString()));
            }
        }
    }

    // Two states that differ as much as embeddings can, without a camera: the check of a zone's states passes.
    private static string Write(Embedder embedder, string file)
    {
        var size = embedder.Manifest.Size;
        float[] Towards(int axis, int wobble)
        {
            var numbers = new float[size];
            (numbers[axis], numbers[10 + wobble]) = (MathF.Cos(0.1f), MathF.Sin(0.1f));
            return numbers;
        }

        new TaughtZone(
            "bin",
            new(0.2f, 0.2f, 0.4f, 0.4f),
            embedder.Manifest.Sha256,
            [.. Enumerable.Range(0, 8).Select(i => new ZoneExample(i % 2 == 0 ? "open" : "closed", $"o{i}", Towards(i % 2, i / 2)))]
        ).Write(file);
        return File.ReadAllText(file);
    }
}
