using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Tests.Evidence;
using BrightKitchen.EdgeAgent.Uplink;
using BrightKitchen.KitchenStack;

namespace BrightKitchen.EdgeAgent.Tests.Uplink;

/// <summary>A real box and a real server, both killed while days of findings drain.</summary>
public sealed class StoreAndForwardTests(Temporary temporary)
{
    private const int Findings = 250;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);
    private readonly string folder = temporary.Folder();
    private readonly Dictionary<string, string> clips = [];
    private readonly Uri address = new($"http://127.0.0.1:{LoopbackPort.Free()}");

    private string ServerData => Path.Combine(folder, "server");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_gathered_offline_is_on_the_server_once_and_whole_although_both_sides_are_killed_meanwhile()
    {
        var data = Path.Combine(folder, "box");
        Gather(data);
        var port = LoopbackPort.Free();
        var server = await ServerAsync(port);
        var settings = Path.Combine(folder, "box.json");
        await File.WriteAllTextAsync(settings, JsonSerializer.Serialize(new
        {
            Box = new
            {
                Data = data,
                Detection = new { Repository.Models, Workers = 1 },
                Installer = new { Port = 0 },
                Recording = new { Enabled = false },
                Uplink = new { Server = server.Address, EnrolmentCode = await server.EnrolmentCodeAsync(Cancel), EvidenceKilobytesPerSecond = 1500 },
            },
        }), Cancel);
        var box = StartBox(settings);
        await UntilAsync(() => Arrived().Count > Findings / 5, "a fifth of the clips is there");
        await server.Child.KillAsync();
        await server.DisposeAsync();
        server = await ServerAsync(port);
        await UntilAsync(() => Arrived().Count > Findings / 2, "half of the clips is there");
        await box.KillAsync();
        await box.DisposeAsync();
        box = StartBox(settings);
        try
        {
            await UntilAsync(() => Arrived().Count == Findings, "all clips are there");
            await UntilAcknowledgedAsync();
            Arrived().Keys.Order().ShouldBe(clips.Keys.Order());
            foreach (var (id, path) in Arrived())
                Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path, Cancel))).ShouldBe(clips[id]);
            Directory.GetFiles(Path.Combine(ServerData, "evidence"), "*.jpg", SearchOption.AllDirectories).Length.ShouldBe(Findings);
            Directory.GetFiles(Path.Combine(ServerData, "evidence"), "*.part", SearchOption.AllDirectories).ShouldBeEmpty();
        }
        finally
        {
            await box.DisposeAsync();
            await server.DisposeAsync();
        }

        using var store = Open(data, out _);
        store.OutboxDepth.ShouldBe(0, "everything was acknowledged");
        store.Since(DateTimeOffset.UnixEpoch).Count.ShouldBe(Findings);
    }

    private static EvidenceStore Open(string data, out BoxIdentity identity)
    {
        var clock = new BoxClock(TimeProvider.System);
        var own = new BoxIdentity(new BoxFolders(data), clock);
        identity = own;
        return new(Path.Combine(data, "evidence.db"), clock, new(own.Fingerprint, own.Seal, clock.ToldNow));
    }

    private void Gather(string data)
    {
        using var store = Open(data, out var identity);
        using var owned = identity;
        var random = new Random(4);
        var at = TimeProvider.System.GetUtcNow().AddDays(-3);
        for (var i = 0; i < Findings; i++)
        {
            at += TimeSpan.FromMinutes(15);
            var report = new FindingReport(FindingId.New(at), CameraId.Parse(i % 2 == 0 ? "line" : "store", null), "zone", FindingKinds.NoMask, at, null, 0.9f, ["face 3"], []);
            byte[] still = [0xff, 0xd8, 0xff, 0xe0, .. RandomNumberGenerator.GetBytes(2000)];
            store.Add(report, still, []);
            store.Finish(report.Id, [EvidenceStoreTests.Fragment(random.Next(20_000, 200_000))]);
            store.Close(report.Id, TimeSpan.FromSeconds(8));
            clips[report.Id.ToString()] = store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256;
        }
    }

    private Dictionary<string, string> Arrived() => Directory.Exists(Path.Combine(ServerData, "evidence"))
        ? Directory.GetFiles(Path.Combine(ServerData, "evidence"), "*.mp4", SearchOption.AllDirectories).ToDictionary(f => clips.Keys.Single(id => f.Contains(id, StringComparison.Ordinal))) : [];

    private Task<CentralServerProcess> ServerAsync(int port) =>
        CentralServerProcess.StartAsync(ServerData, Path.Combine(folder, "server.log"), port, "only-for-these-tests", Cancel);

    private Child StartBox(string settings) =>
        Child.Dotnet("EdgeAgent", Path.Combine(folder, "box.log"), ["--urls", address.ToString(), "--settings", settings]);

    // The server has a clip a moment before the box knows it.
    private async Task UntilAcknowledgedAsync()
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = address };
        for (var since = TimeProvider.System.GetTimestamp(); ; await Task.Delay(300, Cancel))
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, "everything is acknowledged");
            if (System.Text.RegularExpressions.Regex.IsMatch(await client.GetStringAsync("/metrics", Cancel), @"(?m)^edge_outbox_depth(\{[^}]*\})? 0( |$)"))
                return;
        }
    }

    private static async Task UntilAsync(Func<bool> so, string what)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !so(); await Task.Delay(100, Cancel))
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, what);
    }
}
