using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.Sealing;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

public sealed class SealingTests(Temporary temporary) : IDisposable
{
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Eleven);
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Random random = new(17);

    [Fact]
    public void A_package_is_whole_and_says_whose_it_is()
    {
        using var store = Store();
        Fill(store, 3);
        var package = Pack(store);
        var answer = Check(package);
        (answer.Fault, answer.Findings, answer.First, answer.Last, answer.Box).ShouldBe((null, 3, 1, 6, Jws.Fingerprint(key)));
        Check(package, Jws.Fingerprint(key).ToUpperInvariant()).Fault.ShouldBeNull();
        Check(package, new string('0', 64)).Fault!.ShouldContain("another edge device");
    }

    [Fact]
    public void Any_changed_byte_of_any_part_of_a_hundred_packages_is_found_under_its_name()
    {
        for (var p = 0; p < 100; p++)
        {
            using var store = Store();
            Fill(store, random.Next(1, 4));
            var package = Pack(store);
            foreach (var name in Names(package))
            {
                var fault = Check(Changed(package, name, bytes => bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8)))).Fault;
                fault.ShouldNotBeNull($"package {p}: a change in {name} was not found");
                fault.ShouldContain(name);
            }
        }
    }

    [Fact]
    public void Parts_and_entries_that_are_dropped_added_or_moved_are_found()
    {
        using var store = Store();
        Fill(store, 4);
        var package = Pack(store);
        foreach (var name in Names(package))
            Check(Rewritten(package, entries => entries.Remove(name))).Fault!.ShouldContain(name);
        Check(Rewritten(package, entries => entries["findings/extra.jpg"] = [1])).Fault!.ShouldContain("findings/extra.jpg was added");
        for (var i = 0; i < 8; i++)
        {
            var (at, lines) = (
                i,
                Encoding.ASCII.GetString(Read(package)[PackageFiles.Chain]).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList()
            );
            lines.Count.ShouldBe(8);
            Check(WithChain(package, [.. lines.Where((_, n) => n != at)]))
                .Fault!.ShouldContain($"manifest {at + 1} ", customMessage: $"entry {at + 1} was dropped");
            if (at > 0)
            {
                (lines[at - 1], lines[at]) = (lines[at], lines[at - 1]);
                Check(WithChain(package, lines))
                    .Fault!.ShouldContain($"manifest {at} ", customMessage: $"entries {at} and {at + 1} changed places");
            }
        }
    }

    [Fact]
    public void Who_has_not_the_boxs_key_cannot_make_a_package_that_passes_for_the_boxs()
    {
        using var store = Store();
        Fill(store, 2);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Should.Throw<InvalidDataException>(() =>
            EvidencePackage.Write(new MemoryStream(), store.Chain(Eleven.AddDays(-1), Eleven.AddDays(1)), (_, _) => [], other, Eleven)
        );
        // A chain signed anew by another key is whole in itself, and of another box.
        var forged = new MemoryStream();
        EvidencePackage.Write(
            forged,
            [Jws.Sign(new Manifest(Jws.Fingerprint(key), 1, Manifest.Nothing, ManifestKinds.Closed, Eleven, Report(), []), other)],
            (_, _) => [],
            other,
            Eleven
        );
        Check(forged.ToArray(), Jws.Fingerprint(key)).Fault!.ShouldContain("another edge device");
    }

    [Fact]
    public void What_an_earlier_version_kept_is_sealed_when_it_is_found()
    {
        var path = temporary.File("evidence.db");
        using (var before = new EvidenceStore(path, time))
            Fill(before, 3);
        // The version before knew no versions.
        using (var raw = new LiteDB.LiteDatabase(path))
            raw.UserVersion = 0;
        using var store = Store(path);
        store.Chain(DateTimeOffset.MinValue.AddYears(1), DateTimeOffset.MaxValue.AddYears(-1)).Count.ShouldBe(3);
        Check(Pack(store)).Fault.ShouldBeNull();
    }

    [Fact]
    public void The_chain_goes_on_after_a_restart()
    {
        var path = temporary.File("evidence.db");
        using (var first = Store(path))
            Fill(first, 2);
        using var second = Store(path);
        Fill(second, 1);
        (Check(Pack(second)).Fault, Check(Pack(second)).Last).ShouldBe((null, 6));
    }

    [Fact]
    public void Nothing_that_is_no_package_makes_the_check_fail_or_grow()
    {
        using var store = Store();
        Fill(store, 1);
        var good = Pack(store);
        var before = GC.GetTotalMemory(true);
        for (var i = 0; i < 4000; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var change = random.Next(1, 8); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            _ = Check(random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
        }

        (GC.GetTotalMemory(true) - before).ShouldBeLessThan(32 << 20);
    }

    public void Dispose() => key.Dispose();

    private static PackageAnswer Check(byte[] package, string? expected = null) => PackageCheck.Check(new MemoryStream(package), expected);

    private static List<string> Names(byte[] package) => [.. Read(package).Keys];

    private static Dictionary<string, byte[]> Read(byte[] package)
    {
        using var zip = new ZipArchive(new MemoryStream(package));
        return zip.Entries.ToDictionary(
            e => e.FullName,
            e =>
            {
                using var stream = e.Open();
                var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                return bytes.ToArray();
            }
        );
    }

    private static byte[] Rewritten(byte[] package, Action<Dictionary<string, byte[]>> change)
    {
        var entries = Read(package);
        change(entries);
        var into = new MemoryStream();
        using (var zip = new ZipArchive(into, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(bytes);
            }
        }

        return into.ToArray();
    }

    private static byte[] Changed(byte[] package, string name, Action<byte[]> change) =>
        Rewritten(package, entries => change(entries[name]));

    private static byte[] WithChain(byte[] package, IReadOnlyList<string> lines) =>
        Rewritten(package, entries => entries[PackageFiles.Chain] = Encoding.ASCII.GetBytes(string.Concat(lines.Select(l => l + "\n"))));

    private EvidenceStore Store(string? path = null) =>
        new(path ?? temporary.File("evidence.db"), time, new(Jws.Fingerprint(key), m => Jws.Sign(m, key), time.GetUtcNow));

    private byte[] Pack(EvidenceStore store)
    {
        var into = new MemoryStream();
        EvidencePackage.Write(
            into,
            store.Chain(Eleven.AddDays(-1), Eleven.AddDays(1)),
            (id, part) => store.Part(id.ToString(), part == "clip.mp4" ? EvidencePart.Clip : EvidencePart.Still).Bytes,
            key,
            time.GetUtcNow()
        );
        return into.ToArray();
    }

    private void Fill(EvidenceStore store, int findings)
    {
        for (var i = 0; i < findings; i++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            var report = Report();
            store.Add(report, Bytes(200), [Fragment()]);
            store.Finish(report.Id, [Fragment()]);
            store.Close(report.Id, TimeSpan.FromSeconds(7));
        }
    }

    private FindingReport Report() =>
        new(
            FindingId.New(time.GetUtcNow()),
            CameraId.Parse("line", null),
            "备餐区",
            FindingKinds.NoMask,
            time.GetUtcNow(),
            null,
            0.93f,
            ["face 3"],
            []
        )
        {
            Rule = "dwell 3 s, quiet 30 s, settings 2",
        };

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private Fragment Fragment() => EvidenceStoreTests.Fragment(random.Next(400, 2000));
}
