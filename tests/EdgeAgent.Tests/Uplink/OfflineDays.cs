using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Tests.Evidence;
using BrightKitchen.EdgeAgent.Uplink;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>
/// A box with findings of days that no server has heard of, and the server that they are for, both as processes of their own.
/// </summary>
internal sealed class OfflineDays(string folder)
{
    private readonly Dictionary<string, string> clips = [];
    private readonly Uri address = new($"http://127.0.0.1:{LoopbackPort.Free()}");

    public string Box => Path.Combine(folder, "box");

    /// <summary>Digests of the clips by finding.</summary>
    public IReadOnlyDictionary<string, string> Clips => clips;

    private string ServerData => Path.Combine(folder, "server");

    private string Settings => Path.Combine(folder, "box.json");

    public static EvidenceStore Open(string data, out AgentIdentity identity)
    {
        var clock = new AgentClock(TimeProvider.System);
        var own = new AgentIdentity(new AgentFolders(data), clock);
        identity = own;
        return new(Path.Combine(data, "evidence.db"), clock, new(own.Fingerprint, own.Seal, clock.ToldNow));
    }

    public static FindingReport Finding(DateTimeOffset at, string camera = "line") =>
        new(FindingId.New(at), CameraId.Parse(camera, null), "zone", FindingKinds.NoMask, at, null, 0.9f, ["face 3"], []);

    public void Gather(int findings, int leastClip, int largestClip)
    {
        using var store = Open(Box, out var identity);
        using var owned = identity;
        var random = new Random(4);
        var at = TimeProvider.System.GetUtcNow().AddDays(-3);
        for (var i = 0; i < findings; i++)
        {
            at += TimeSpan.FromDays(3) / (findings + 1);
            Keep(store, Finding(at, i % 2 == 0 ? "line" : "store"), random.Next(leastClip, largestClip));
        }
    }

    public void Keep(EvidenceStore store, FindingReport report, int clip)
    {
        byte[] still = [0xff, 0xd8, 0xff, 0xe0, .. RandomNumberGenerator.GetBytes(2000)];
        store.Add(report, still, []);
        store.Finish(report.Id, [EvidenceStoreTests.Fragment(clip)]);
        store.Close(report.Id, TimeSpan.FromSeconds(8));
        clips[report.Id.ToString()] = store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256;
    }

    public Task<CentralServerProcess> ServerAsync(int port, CancellationToken cancel) =>
        CentralServerProcess.StartAsync(ServerData, Path.Combine(folder, "server.log"), port, "only-for-these-tests", cancel);

    /// <param name="server">Where the box finds the server.</param>
    public Child StartBox(Uri server, string code, double? kilobytesPerSecond = null)
    {
        File.WriteAllText(
            Settings,
            JsonSerializer.Serialize(
                new
                {
                    Box = new
                    {
                        Data = Box,
                        Detection = new { Repository.Models, Workers = 1 },
                        Installer = new { Port = 0 },
                        Recording = new { Enabled = false },
                        Uplink = new
                        {
                            Server = server,
                            EnrolmentCode = code,
                            EvidenceKilobytesPerSecond = kilobytesPerSecond,
                        },
                    },
                }
            )
        );
        return StartBoxAgain();
    }

    public Child StartBoxAgain() =>
        Child.Dotnet("EdgeAgent", Path.Combine(folder, "box.log"), ["--urls", address.ToString(), "--settings", Settings]);

    /// <summary>The clips that lie whole on the server, by finding.</summary>
    public Dictionary<string, string> Arrived() =>
        Directory.Exists(Path.Combine(ServerData, "evidence"))
            ? Directory
                .GetFiles(Path.Combine(ServerData, "evidence"), "*.mp4", SearchOption.AllDirectories)
                .ToDictionary(f => Path.GetFileNameWithoutExtension(f))
            : [];

    public async Task ShouldBeTheSameOnBothSidesAsync(CancellationToken cancel)
    {
        Arrived().Keys.Order().ShouldBe(clips.Keys.Order());
        foreach (var (id, path) in Arrived())
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, cancel))).ShouldBe(clips[id]);
        Directory.GetFiles(Path.Combine(ServerData, "evidence"), "*.jpg", SearchOption.AllDirectories).Length.ShouldBe(clips.Count);
        Directory.GetFiles(ServerData, "*.part", SearchOption.AllDirectories).ShouldBeEmpty();
        using var store = Open(Box, out var identity);
        using var owned = identity;
        store.OutboxDepth.ShouldBe(0, "everything was acknowledged");
        store.Since(DateTimeOffset.UnixEpoch).Count.ShouldBe(clips.Count);
    }

    /// <summary>The server has a clip a moment before the box knows it.</summary>
    public async Task UntilAcknowledgedAsync(TimeSpan patience, CancellationToken cancel)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = address };
        for (var since = TimeProvider.System.GetTimestamp(); ; await Task.Delay(300, cancel))
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(patience, "everything is acknowledged");
            if (
                System.Text.RegularExpressions.Regex.IsMatch(
                    await client.GetStringAsync("/metrics", cancel),
                    @"(?m)^edge_outbox_depth(\{[^}]*\})? 0( |$)"
                )
            )
                return;
        }
    }

    public static async Task UntilAsync(Func<bool> so, string what, TimeSpan patience, CancellationToken cancel)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(100, cancel))
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(patience, what);
    }
}
