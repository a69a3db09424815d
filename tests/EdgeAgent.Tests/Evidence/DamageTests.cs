using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Sealing;
using BrightKitchen.EdgeAgent.Evidence;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

/// <summary>A disk that turns bits, loses blocks and cuts files: what was whole in the database or in its copies is there afterwards.</summary>
public sealed class DamageTests(Temporary temporary) : IDisposable
{
    private const int Findings = 6;
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Eleven);
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Random random = new(23);
    private readonly Dictionary<string, (string Still, string Clip)> right = [];

    [Theory]
    [InlineData("a turned bit", 150)]
    [InlineData("a lost block", 700)]
    [InlineData("a cut end", 100)]
    public void A_damaged_database_loses_nothing_and_says_what_happened(string damage, int rounds)
    {
        var good = Make();
        var (rescued, database) = (0, File.ReadAllBytes(Path.Combine(good, "evidence.db")));
        for (var round = 0; round < rounds; round++)
        {
            var folder = CopyOf(good);
            File.WriteAllBytes(Path.Combine(folder, "evidence.db"), Damaged(database, damage));
            EvidenceStore store;
            try
            {
                store = Open(folder);
            }
            catch (InvalidDataException e)
            {
                // The sign that tells LiteDB's files: what bears none is left alone, and the way out is said.
                e.Message.ShouldContain("Move it aside");
                File.Move(Path.Combine(folder, "evidence.db"), Path.Combine(folder, "aside.db"));
                store = Open(folder);
            }

            using (store)
            {
                ShouldBeThere(store, $"{damage}, round {round}");
                rescued += store.Rescued is null ? 0 : 1;
                store.Rescued?.ShouldContain("nothing was lost");
                // The box goes on with it.
                var next = Report();
                store.Add(next, Bytes(100), []);
                store.Finish(next.Id, [EvidenceStoreTests.Fragment(500)]);
            }

            Directory.Delete(folder, true);
        }

        if (damage != "a turned bit")
            rescued.ShouldBeGreaterThan(0, "some of the damage was to the structure");
    }

    [Fact]
    public void What_is_damaged_in_a_copy_is_whole_in_the_database_and_the_other_way_round()
    {
        var good = Make();
        for (var round = 0; round < 60; round++)
        {
            var folder = CopyOf(good);
            var copy = Directory.GetFiles(Path.Combine(folder, "evidence-copies"))[random.Next(Findings)];
            File.WriteAllBytes(copy, Damaged(File.ReadAllBytes(copy), round % 2 == 0 ? "a turned bit" : "a cut end"));
            using (var store = Open(folder))
                ShouldBeThere(store, $"round {round}");
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public void Without_the_database_the_copies_are_enough_and_without_them_the_database_is()
    {
        var good = Make();
        foreach (var gone in new[] { "evidence.db", "evidence-copies" })
        {
            var folder = CopyOf(good);
            if (gone == "evidence.db")
                File.Delete(Path.Combine(folder, gone));
            else
                Directory.Delete(Path.Combine(folder, gone), true);
            using (var store = Open(folder))
            {
                ShouldBeThere(store, gone);
                store.Chain(Eleven.AddDays(-1), Eleven.AddDays(1)).Count.ShouldBe(Findings * 2, "the chain is put together too");
            }

            Directory.GetFiles(Path.Combine(folder, "evidence-copies"), "*.evidence").Length.ShouldBe(Findings);
        }
    }

    [Fact]
    public void What_was_delivered_and_is_old_goes_and_what_waits_stays()
    {
        var folder = temporary.Folder();
        using var store = Open(folder);
        Fill(store);
        store.Prune(Eleven.AddDays(1)).ShouldBe(0, "nothing was delivered");
        foreach (var entry in store.Outbox(1000).Where(e => e.Finding != right.Keys.First()))
            store.Acknowledge(entry);
        store.Prune(Eleven.AddDays(-1)).ShouldBe(0, "nothing is old");
        store.Prune(Eleven.AddDays(1)).ShouldBe(Findings - 1);
        store.Since(Eleven.AddDays(-1)).ShouldHaveSingleItem().Id.ToString().ShouldBe(right.Keys.First());
        Directory.GetFiles(Path.Combine(folder, "evidence-copies"), "*.evidence").Length.ShouldBe(1);
        store.Chain(Eleven.AddDays(-1), Eleven.AddDays(1)).Count.ShouldBe(Findings * 2, "the chain keeps its entries");
    }

    public void Dispose() => key.Dispose();

    private byte[] Damaged(byte[] bytes, string damage)
    {
        var copy = (byte[])bytes.Clone();
        switch (damage)
        {
            case "a turned bit":
                copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
                return copy;
            case "a lost block":
                copy.AsSpan(random.Next(Math.Max(1, copy.Length - 4096)), Math.Min(4096, copy.Length)).Clear();
                return copy;
            default:
                return copy[..random.Next(copy.Length)];
        }
    }

    private string Make()
    {
        var folder = temporary.Folder();
        using var store = Open(folder);
        Fill(store);
        return folder;
    }

    private void Fill(EvidenceStore store)
    {
        for (var i = 0; i < Findings; i++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            var report = Report();
            store.Add(report, Bytes(random.Next(500, 9000)), []);
            store.Finish(report.Id, [EvidenceStoreTests.Fragment(random.Next(5000, 40_000))]);
            store.Close(report.Id, TimeSpan.FromSeconds(7));
            right[report.Id.ToString()] = (store.Part(report.Id.ToString(), EvidencePart.Still).Sha256, store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256);
        }
    }

    private void ShouldBeThere(EvidenceStore store, string what)
    {
        store.Since(Eleven.AddDays(-1)).Select(f => f.Id.ToString()).Order().ShouldBe(right.Keys.Order(), what);
        foreach (var (id, (still, clip)) in right)
        {
            store.Part(id, EvidencePart.Still).Sha256.ShouldBe(still, what);
            Convert.ToHexStringLower(SHA256.HashData(store.Part(id, EvidencePart.Clip).Bytes)).ShouldBe(clip, what);
        }
    }

    private string CopyOf(string folder)
    {
        var copy = temporary.Folder();
        Directory.CreateDirectory(Path.Combine(copy, "evidence-copies"));
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(copy, Path.GetRelativePath(folder, file)));
        return copy;
    }

    private EvidenceStore Open(string folder) => new(Path.Combine(folder, "evidence.db"), time, new(Jws.Fingerprint(key), m => Jws.Sign(m, key), time.GetUtcNow));

    private FindingReport Report() => new(FindingId.New(time.GetUtcNow()), CameraId.Parse("line", null), "zone", FindingKinds.NoMask, time.GetUtcNow(), null, 0.9f, ["face 3"], []);

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
