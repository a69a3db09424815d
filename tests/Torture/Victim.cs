using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.Sealing;

namespace BrightKitchen.Torture;

/// <summary>The process that is killed: each line that it writes is a promise of the store or of the recording.</summary>
internal static class Victim
{
    public static readonly CameraId Camera = CameraId.Parse("line", null);

    public static string Database(string folder) => Path.Combine(folder, "evidence.db");

    public static string Recordings(string folder) => Path.Combine(folder, "recordings");

    /// <summary>The same key in the victim and in whoever looks at what is left.</summary>
    public static ECDsa Key(string folder)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(folder, "box.key");
        if (File.Exists(file))
            key.ImportFromPem(File.ReadAllText(file));
        else
            File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return key;
    }

    public static EvidenceStore Open(string folder, ECDsa key) =>
        new(Database(folder), TimeProvider.System, new(Jws.Fingerprint(key), m => Jws.Sign(m, key), TimeProvider.System.GetUtcNow));

    public static async Task<List<Fragment>> FragmentsAsync(string stream)
    {
        var fragments = new List<Fragment>();
        await using var file = File.OpenRead(stream);
        await FragmentReader.ReadAsync(file, TimeProvider.System, fragments.Add, CancellationToken.None);
        return fragments;
    }

    public static async Task RunAsync(string folder, string stream)
    {
        var fragments = await FragmentsAsync(stream);
        using var key = Key(folder);
        using var store = Open(folder, key);
        var random = new Random();
        var open = new Queue<FindingId>();
        Say("ready");
        // Recording and evidence go on beside each other, as in the box.
        var recording = Task.Run(() => Record(folder, fragments));
        while (!recording.IsFaulted)
        {
            var now = TimeProvider.System.GetUtcNow();
            var finding = new FindingReport(FindingId.New(now), Camera, "zone", FindingKinds.NoMask, now, null, 0.9f, ["face 3"], []);
            var clip = fragments[..random.Next(2, fragments.Count)];
            store.Add(finding, RandomNumberGenerator.GetBytes(random.Next(200, 60_000)), clip[..1]);
            Say($"added {finding.Id}");
            store.Finish(finding.Id, clip);
            Say($"final {finding.Id}");
            open.Enqueue(finding.Id);
            if (open.Count > 2)
            {
                var closed = open.Dequeue();
                store.Close(closed, TimeSpan.FromSeconds(9));
                Say($"closed {closed}");
            }

            if (random.Next(12) == 0)
                store.Compact();
            foreach (var entry in store.Outbox(random.Next(1, 6)))
            {
                store.Acknowledge(entry);
                Say($"acknowledged {entry.Id}");
            }
        }

        await recording;
    }

    private static void Record(string folder, List<Fragment> fragments)
    {
        while (true)
        {
            var at = TimeProvider.System.GetUtcNow();
            using var writer = new SegmentWriter(
                Recordings(folder),
                Camera,
                fragments[0] with
                {
                    Number = at.ToUnixTimeMilliseconds(),
                },
                at
            );
            var name = Path.GetFileName(writer.Path);
            foreach (var fragment in fragments)
            {
                writer.Append(fragment, at);
                at += fragment.Duration;
                writer.Sync();
                Say($"recorded {name} {fragment.Number}");
            }
        }
    }

    private static void Say(string promise)
    {
        lock (Console.Out)
        {
            Console.WriteLine(promise);
            Console.Out.Flush();
        }
    }
}
