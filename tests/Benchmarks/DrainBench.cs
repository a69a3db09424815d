using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Uplink;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.Benchmarks;

/// <summary>A box comes back after three days without a line, with 5,000 findings, and the server is killed in the middle.</summary>
internal static class DrainBench
{
    private const int Findings = 5000;
    private const int LargestClip = 60_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-drain-").FullName;
        try
        {
            var (box, data) = (Path.Combine(folder, "box"), Path.Combine(folder, "server"));
            say($"{Findings} findings gather on the box …");
            var clips = Gather(box);
            var port = LoopbackPort.Free();
            var server = await StartAsync(folder, data, port);
            var begin = Stopwatch.StartNew();
            await using var running = StartBox(folder, box, server.Address, await server.EnrolmentCodeAsync(CancellationToken.None));
            var reported = await UntilAsync(data, begin, db => db.Findings.Count() == Findings, "reports");
            say($"all are reported after {reported.TotalSeconds:0} s; the server is killed and comes back …");
            await server.Child.KillAsync();
            await server.DisposeAsync();
            server = await StartAsync(folder, data, port);
            await using var again = server;
            var whole = await UntilAsync(
                data,
                begin,
                db => db.Findings.Count(f => f.ClipSha256 != null && f.StillSha256 != null) == Findings,
                "clips"
            );
            await using var after = BenchCity.Sqlite(data);
            var rows = await after.Findings.AsNoTracking().Select(f => new { f.Id, f.ClipSha256 }).ToListAsync();
            var differing = rows.Count(r => clips.GetValueOrDefault(r.Id) != r.ClipSha256) + Math.Abs(rows.Count - Findings);
            return
            [
                new("drain.reported_s", reported.TotalSeconds, "s", "until the server knows of every finding of three days", Findings),
                new("drain.whole_s", whole.TotalSeconds, "s", "until every still and clip is there, over a killed server", Findings),
                new("drain.differing", differing, "findings", "lost, twice or not byte for byte the same; the goal is 0", Findings),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static Dictionary<string, string> Gather(string data)
    {
        var clock = new AgentClock(TimeProvider.System);
        using var identity = new AgentIdentity(new AgentFolders(data), clock);
        using var store = new EvidenceStore(
            Path.Combine(data, "evidence.db"),
            clock,
            new(identity.Fingerprint, identity.Seal, clock.ToldNow)
        );
        var (clips, random, at) = (new Dictionary<string, string>(), new Random(5), TimeProvider.System.GetUtcNow().AddDays(-3));
        for (var i = 0; i < Findings; i++)
        {
            at += TimeSpan.FromDays(3) / (Findings + 1);
            var report = new FindingReport(
                FindingId.New(at),
                CameraId.Parse(i % 2 == 0 ? "line" : "store", null),
                "zone",
                FindingKinds.NoMask,
                at,
                null,
                0.9f,
                ["face 3"],
                []
            );
            store.Add(report, [0xff, 0xd8, 0xff, 0xe0, .. RandomNumberGenerator.GetBytes(2000)], []);
            byte[] moof = [0, 0, 0, 32, .. "moof"u8, 0, 0, 0, 24, .. "traf"u8, 0, 0, 0, 16, .. "tfdt"u8, 0, 0, 0, 0, 0, 0, 0, 0];
            store.Finish(
                report.Id,
                [
                    new Fragment(
                        new(1, [0, 0, 0, 8, .. "ftyp"u8], "avc1.64001f", 1000),
                        0,
                        [.. moof, .. RandomNumberGenerator.GetBytes(random.Next(LargestClip / 2, LargestClip))],
                        true,
                        0,
                        500,
                        at
                    ),
                ]
            );
            store.Close(report.Id, TimeSpan.FromSeconds(8));
            clips[report.Id.ToString()] = store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256;
        }

        return clips;
    }

    private static Task<CentralServerProcess> StartAsync(string folder, string data, int port) =>
        CentralServerProcess.StartAsync(data, Path.Combine(folder, "server.log"), port, BenchCity.Password, CancellationToken.None);

    private static Child StartBox(string folder, string box, Uri server, string code)
    {
        var settings = Path.Combine(folder, "box.json");
        File.WriteAllText(
            settings,
            JsonSerializer.Serialize(
                new
                {
                    Box = new
                    {
                        Data = box,
                        Detection = new { Repository.Models, Workers = 1 },
                        Installer = new { Port = 0 },
                        Recording = new { Enabled = false },
                        Uplink = new { Server = server, EnrolmentCode = code },
                    },
                }
            )
        );
        return Child.Dotnet(
            "EdgeAgent",
            Path.Combine(folder, "box.log"),
            ["--urls", $"http://127.0.0.1:{LoopbackPort.Free()}", "--settings", settings]
        );
    }

    private static async Task<TimeSpan> UntilAsync(
        string data,
        Stopwatch begin,
        Func<CentralServer.Data.CentralDb, bool> holds,
        string what
    )
    {
        while (true)
        {
            await using (var db = BenchCity.Sqlite(data))
            {
                if (holds(db))
                    return begin.Elapsed;
            }

            if (begin.Elapsed > Patience)
                throw new TimeoutException($"not all {what} were there after {Patience}");
            await Task.Delay(1000);
        }
    }
}
