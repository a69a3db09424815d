using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Detection;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Training;
using BrightKitchen.Fixtures;
using BrightKitchen.VisionModels;
using BrightKitchen.VisionModels.Teaching;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tests.Installer;

/// <summary>What a box learns from findings that an inspector dismissed.</summary>
public sealed class DismissedLessonsTests(Temporary temporary)
{
    private static readonly RectF Region = new(0.771f, 0.417f, 0.151f, 0.407f);
    private static readonly string Shown = Path.Combine(Repository.Pictures, "bin");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dismissed_still_teaches_its_zone_the_other_state_for_as_long_as_it_is_dismissed()
    {
        var folders = new AgentFolders(temporary.Folder());
        Teach(folders.Zone("bin"));
        using var store = new EvidenceStore(folders.In("evidence.db"), TimeProvider.System);
        var (bin, hat) = (Finding(FindingKinds.BinOpen, "bin"), Finding(FindingKinds.NoHat, "line"));
        store.Add(bin, Jpeg(Path.Combine(Shown, "closed", "light010_2.png")), []);
        store.Add(hat, Jpeg(Path.Combine(Shown, "open", "light0_1.png")), []);
        var settings = new AgentSettings
        {
            Data = folders.Data,
            Cameras = new()
            {
                Cameras =
                [
                    new()
                    {
                        Id = "line",
                        Name = "line",
                        Url = "rtsp://127.0.0.1/x",
                    },
                ],
            },
            Rules =
            [
                new()
                {
                    Camera = "line",
                    Kind = FindingKinds.BinOpen,
                    ZoneName = "bin",
                    Taught = "bin",
                },
                new()
                {
                    Camera = "line",
                    Kind = FindingKinds.NoHat,
                    ZoneName = "line",
                },
            ],
        };
        var site = new SiteStore(settings.Site, folders, new EphemeralDataProtectionProvider(), NullLogger<SiteStore>.Instance);
        using var room = new CameraAnalyzers(site, folders, new AgentHealth(), NullLogger<CameraAnalyzers>.Instance);
        using var zones = new ZoneLessons(
            folders,
            new DetectionOptions { Models = Repository.Models },
            new FrameRequests(),
            room,
            TimeProvider.System
        );
        using var lessons = new DismissedLessons(store, site, zones, folders, NullLogger<DismissedLessons>.Instance);

        var before = await ExamplesAsync(zones);
        await lessons.TakeAsync([bin.Id, hat.Id], Cancel);
        (await ExamplesAsync(zones)).ShouldBe((before.Closed + 1, before.Open));
        Kept(folders, hat).ShouldBe((true, true));
        // The same again teaches nothing twice.
        await lessons.TakeAsync([bin.Id, hat.Id], Cancel);
        (await ExamplesAsync(zones)).ShouldBe((before.Closed + 1, before.Open));
        // A list that is empty, or that tells of others only, says nothing of these.
        await lessons.TakeAsync([], Cancel);
        await lessons.TakeAsync([FindingId.New(TimeProvider.System.GetUtcNow())], Cancel);
        (await ExamplesAsync(zones)).ShouldBe((before.Closed + 1, before.Open));
        Kept(folders, hat).ShouldBe((true, true));
        await lessons.TakeBackAsync([FindingId.New(TimeProvider.System.GetUtcNow())], Cancel);
        (await ExamplesAsync(zones)).ShouldBe((before.Closed + 1, before.Open));
        await lessons.TakeBackAsync([bin.Id, hat.Id], Cancel);
        (await ExamplesAsync(zones)).ShouldBe(before);
        Kept(folders, hat).ShouldBe((false, false));
    }

    private static (bool Picture, bool Labels) Kept(AgentFolders folders, FindingReport finding) =>
        (
            File.Exists(folders.In(Path.Combine("lessons", finding.Kind, finding.Id + ".jpg"))),
            File.Exists(folders.In(Path.Combine("lessons", finding.Kind, finding.Id + ".json")))
        );

    private static async Task<(int Closed, int Open)> ExamplesAsync(ZoneLessons zones)
    {
        var zone = (await zones.AllAsync(Cancel)).Single();
        zone.Refusal.ShouldBeNull();
        return (zone.Examples["closed"], zone.Examples["open"]);
    }

    private static void Teach(string file)
    {
        using var embedder = new Embedder(Repository.Models);
        var zone = new TaughtZone("bin", Region, embedder.Manifest.Sha256, []);
        foreach (var state in new[] { "closed", "open" })
        {
            foreach (var path in Directory.EnumerateFiles(Path.Combine(Shown, state)))
            {
                using var picture = Cv2.ImRead(path);
                zone = zone.With(state, state + "/" + Path.GetFileNameWithoutExtension(path).Split('_')[0], picture, embedder);
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        zone.Write(file);
    }

    private static byte[] Jpeg(string path)
    {
        using var picture = Cv2.ImRead(path);
        return picture.ToBytes(".jpg");
    }

    private static FindingReport Finding(string kind, string zone) =>
        new(
            FindingId.New(TimeProvider.System.GetUtcNow()),
            CameraId.Parse("line", null),
            zone,
            kind,
            TimeProvider.System.GetUtcNow(),
            null,
            0.9f,
            ["embedding 1"],
            []
        );
}
