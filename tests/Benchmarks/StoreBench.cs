using System.Diagnostics;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.Sealing;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What it costs to keep a finding safely: the box's store, with its transactions, checkpoints, seal and second copy, beside bare files
/// with the same syncs.
/// </summary>
internal static class StoreBench
{
    private const int Findings = 60;
    private const int StillBytes = 60_000;
    private const int ClipBytes = 2_000_000;

    public static Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-store-").FullName;
        try
        {
            var (still, fragment) = (RandomNumberGenerator.GetBytes(StillBytes), Fragment(ClipBytes));
            say($"{Findings} findings of {(StillBytes + ClipBytes) / 1e6:0.0} MB into the box's store …");
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var watch = Stopwatch.StartNew();
            using (
                var store = new EvidenceStore(
                    Path.Combine(folder, "evidence.db"),
                    TimeProvider.System,
                    new(Jws.Fingerprint(key), m => Jws.Sign(m, key), TimeProvider.System.GetUtcNow)
                )
            )
            {
                watch.Restart();
                for (var i = 0; i < Findings; i++)
                {
                    var now = TimeProvider.System.GetUtcNow();
                    var report = new FindingReport(
                        FindingId.New(now),
                        CameraId.Parse("line", null),
                        "zone",
                        FindingKinds.NoMask,
                        now,
                        null,
                        0.9f,
                        ["face 3"],
                        []
                    );
                    store.Add(report, still, []);
                    store.Finish(report.Id, [fragment]);
                    store.Close(report.Id, TimeSpan.FromSeconds(8));
                }
            }

            var own = watch.Elapsed.TotalSeconds;
            say("the same bytes into bare files, with a sync for each of the three changes …");
            watch.Restart();
            for (var i = 0; i < Findings; i++)
            {
                Write(Path.Combine(folder, $"{i}.jpg"), still);
                Write(Path.Combine(folder, $"{i}.mp4"), fragment.Bytes);
                Write(Path.Combine(folder, $"{i}.json"), new byte[600]);
            }

            var bare = watch.Elapsed.TotalSeconds;
            return Task.FromResult<IReadOnlyList<Figure>>([
                new(
                    "store.findings_per_s",
                    Findings / own,
                    "findings/s",
                    "opened, made final and closed, each with still and clip; a kitchen has tens a day",
                    Findings
                ),
                new(
                    "store.clip_mb_per_s",
                    Findings * (StillBytes + ClipBytes) / 1e6 / own,
                    "MB/s",
                    "into LiteDB and into the copy",
                    Findings
                ),
                new(
                    "store.vs_bare_files",
                    bare / own,
                    "ratio",
                    "bare files with the same syncs / the box's store, seconds; the store writes every byte twice or more",
                    Findings
                ),
            ]);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void Write(string path, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    private static Fragment Fragment(int size)
    {
        byte[] moof = [0, 0, 0, 32, .. "moof"u8, 0, 0, 0, 24, .. "traf"u8, 0, 0, 0, 16, .. "tfdt"u8, 0, 0, 0, 0, 0, 0, 0, 0];
        return new(
            new(1, [0, 0, 0, 8, .. "ftyp"u8], "avc1.64001f", 1000),
            0,
            [.. moof, .. RandomNumberGenerator.GetBytes(size)],
            true,
            0,
            500,
            TimeProvider.System.GetUtcNow()
        );
    }
}
