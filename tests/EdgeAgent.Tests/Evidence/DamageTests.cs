using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.Sealing;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

/// <summary>
/// A disk that turns bits, loses blocks and cuts files: what was whole in the database or in its copies is there afterwards. Forty times as
/// many rounds by <c>./run bench fuzz</c>.
/// </summary>
public sealed class DamageTests(Temporary temporary) : IDisposable
{
    private const int Findings = 6;
    private const int Page = 8192;
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Eleven);
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Random random = new(23);
    private readonly Dictionary<string, (string Still, string Clip)> right = [];

    [Theory]
    [InlineData("a turned bit", 15)]
    [InlineData("a lost block", 60)]
    [InlineData("a cut end", 10)]
    public void A_damaged_database_loses_nothing_and_says_what_happened(string damage, int rounds)
    {
        var good = Make();
        var (rescued, database) = (0, File.ReadAllBytes(Path.Combine(good, "evidence.db")));
        for (var round = 0; round < rounds * FuzzTests.Times; round++)
        {
            var folder = CopyOf(good);
            File.WriteAllBytes(Path.Combine(folder, "evidence.db"), Damaged(database, damage));
            using (var store = Open(folder))
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
        for (var round = 0; round < 10 * FuzzTests.Times; round++)
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_server_holds_and_the_chains_numbers_outlast_a_rescue(bool whileRunning)
    {
        var folder = temporary.Folder();
        var path = Path.Combine(folder, "evidence.db");
        var store = Open(folder);
        Fill(store);
        foreach (var entry in store.Outbox(1000))
            store.Acknowledge(entry);
        var held = right.Keys.Take(2).Select(id => FindingId.Parse(id, null)).ToList();
        store.Hold(held);
        store.Prune(Eleven.AddDays(1)).ShouldBe(Findings - 2);
        var head = store.ChainHead;
        head.Number.ShouldBe(Findings * 2);
        store.Dispose();
        if (whileRunning)
        {
            store = Open(folder);
            // Nothing can be read in what is set aside: what is held is known from memory, and the chain from the copies.
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.Position = Page;
                file.Write(new byte[file.Length - Page]);
            }

            store.Part(held[0].ToString(), EvidencePart.Clip).Bytes.Length.ShouldBeGreaterThan(0);
            head = store.ChainHead;
        }
        else
        {
            // Only the findings' own page is lost: holds and chain can be read in what is set aside.
            Lose(path, held[0].ToString());
            store = Open(folder);
        }

        using (store)
        {
            store.Since(Eleven.AddDays(-1)).Select(f => f.Id).ShouldBe(held, ignoreOrder: true);
            store.Rescued.ShouldNotBeNull();
            store.ChainHead.ShouldBe(head);
            foreach (var entry in store.Outbox(1000))
                store.Acknowledge(entry);
            store.Prune(Eleven.AddDays(1)).ShouldBe(0, "they are held for the law");
            var next = Report();
            store.Add(next, Bytes(100), []);
            store.Finish(next.Id, [EvidenceStoreTests.Fragment(500)]);
            store.ChainHead.Number.ShouldBe(head.Number + 1);
        }
    }

    [Fact]
    public void The_only_whole_remains_of_a_finding_are_deleted_by_no_later_rescue()
    {
        var folder = Make();
        var path = Path.Combine(folder, "evidence.db");
        // A finding that is damaged in the database and in its copy: the first rescue loses it.
        var lost = right.Keys.First();
        File.WriteAllBytes(Path.Combine(folder, "evidence-copies", lost + ".evidence"), [1, 2, 3]);
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(0, Page).Clear();
        File.WriteAllBytes(path, bytes);
        using (var store = Open(folder))
            store.Rescued.ShouldNotBeNull().ShouldContain($"1 are lost: {lost}");
        var remains = Directory.GetFiles(folder, "evidence.db.damaged-*").ShouldHaveSingleItem();
        time.Advance(TimeSpan.FromDays(1));
        bytes = File.ReadAllBytes(path);
        bytes.AsSpan(0, Page).Clear();
        File.WriteAllBytes(path, bytes);
        using (var store = Open(folder))
            store.Rescued.ShouldNotBeNull();
        File.Exists(remains).ShouldBeTrue("what was lost may still be got out of it by hand");
    }

    public static TheoryData<string> PowerCuts =>
        [
            "first page NUL",
            "whole file NUL",
            "empty file",
            "a few bytes of NUL",
            "half the first page",
            "half the file",
            "log NUL",
            "log of noise",
            "log cut",
            "first page NUL and log NUL",
            "something else in its place",
            "no file, and a log",
        ];

    [Theory]
    [MemberData(nameof(PowerCuts))]
    public void What_a_power_cut_leaves_of_the_database_never_keeps_the_box_from_starting(string damage)
    {
        var folder = CopyOf(Make());
        var (database, log) = (Path.Combine(folder, "evidence.db"), Path.Combine(folder, "evidence-log.db"));
        var whole = File.ReadAllBytes(database);
        var noise = Bytes(3 * Page + 100);
        switch (damage)
        {
            case "first page NUL":
                whole.AsSpan(0, Page).Clear();
                break;
            case "whole file NUL":
                whole.AsSpan().Clear();
                break;
            case "empty file":
                whole = [];
                break;
            case "a few bytes of NUL":
                whole = new byte[20];
                break;
            case "half the first page":
                whole = whole[..(Page / 2)];
                break;
            case "half the file":
                whole = whole[..(whole.Length / 2)];
                break;
            case "log NUL":
                File.WriteAllBytes(log, new byte[4 * Page]);
                break;
            case "log of noise":
                File.WriteAllBytes(log, noise);
                break;
            case "log cut":
                File.WriteAllBytes(log, whole[Page..(2 * Page + 700)]);
                break;
            case "first page NUL and log NUL":
                whole.AsSpan(0, Page).Clear();
                File.WriteAllBytes(log, new byte[4 * Page]);
                break;
            case "something else in its place":
                whole = noise;
                break;
            default:
                whole = null!;
                File.WriteAllBytes(log, noise);
                break;
        }

        if (whole is null)
            File.Delete(database);
        else
            File.WriteAllBytes(database, whole);
        using var store = Open(folder);
        ShouldBeThere(store, damage);
        var next = Report();
        store.Add(next, Bytes(100), []);
        store.Finish(next.Id, [EvidenceStoreTests.Fragment(500)]);
        store.Find(next.Id).ShouldNotBeNull();
        // A log without the changes of a crash is no loss; everything else is reported, and the damaged file is still there.
        if (!damage.StartsWith("log", StringComparison.Ordinal))
            store.Rescued.ShouldNotBeNull().ShouldContain("nothing was lost");
        if (whole is not null && !damage.StartsWith("log", StringComparison.Ordinal))
            new FileInfo(Directory.GetFiles(folder, "evidence.db.damaged-????????-??????").ShouldHaveSingleItem()).Length.ShouldBeInRange(
                whole.Length - Page + 1,
                whole.Length,
                "LiteDB cuts a page off that is not whole"
            );
    }

    public static TheoryData<string> NoDamages =>
        [
            "disk full",
            "access denied",
            "cancelled",
            "timed out",
            "wrong argument",
            "out of range",
            "fault of the program",
            "null",
            "wrong cast",
            "no such key",
            "wrong format",
            "key gone",
            "duplicate",
        ];

    [Theory]
    [MemberData(nameof(NoDamages))]
    public void What_is_no_damage_leaves_the_database_in_its_place(string cause)
    {
        var folder = temporary.Folder();
        Func<Manifest, string> sign = m => Jws.Sign(m, key);
        using var store = new EvidenceStore(
            Path.Combine(folder, "evidence.db"),
            time,
            new(Jws.Fingerprint(key), m => sign(m), time.GetUtcNow)
        );
        Fill(store);
        var report = Report();
        store.Add(report, Bytes(100), []);
        // Thrown from within the transaction, where the store calls other code.
        var thrown = Cause(cause);
        sign = _ => throw thrown;
        var e = Should.Throw<Exception>(() => store.Finish(report.Id, [EvidenceStoreTests.Fragment(500)]));
        (e == thrown || e.InnerException == thrown).ShouldBeTrue(e.ToString());
        store.Rescued.ShouldBeNull();
        Directory.GetFiles(folder, "*damaged*").ShouldBeEmpty();
        // Nothing of the change is there, and the store works on.
        sign = m => Jws.Sign(m, key);
        store.Finish(report.Id, [EvidenceStoreTests.Fragment(500)]);
        right[report.Id.ToString()] = (
            store.Part(report.Id.ToString(), EvidencePart.Still).Sha256,
            store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256
        );
        ShouldBeThere(store, cause);
        store.Chain(Eleven.AddDays(-1), Eleven.AddDays(1)).Count.ShouldBe((Findings * 2) + 1);
    }

    [Fact]
    public void A_finding_without_a_still_is_refused_and_leaves_the_database_in_its_place()
    {
        var folder = temporary.Folder();
        using var store = Open(folder);
        Fill(store);
        Should.Throw<ArgumentNullException>(() => store.Add(Report(), null!, []));
        Directory.GetFiles(folder, "*damaged*").ShouldBeEmpty();
        ShouldBeThere(store, "after a wrong call");
    }

    [Fact]
    public void A_page_that_is_lost_while_the_box_runs_is_found_by_the_next_read_and_costs_nothing()
    {
        var folder = temporary.Folder();
        using (var first = Open(folder))
            Fill(first);
        using var store = Open(folder);
        using (var file = new FileStream(Path.Combine(folder, "evidence.db"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = Page;
            file.Write(new byte[file.Length - Page]);
        }

        ShouldBeThere(store, "after the pages were lost");
    }

    public void Dispose() => key.Dispose();

    private static Exception Cause(string cause) =>
        cause switch
        {
            "disk full" => new IOException("No space left on device"),
            "access denied" => new UnauthorizedAccessException("Access to the path is denied."),
            "cancelled" => new OperationCanceledException(),
            "timed out" => new TimeoutException(),
            "wrong argument" => new ArgumentException("wrong"),
            "out of range" => new ArgumentOutOfRangeException(nameof(cause)),
            "fault of the program" => new InvalidOperationException("a bug"),
            "null" => Should.Throw<NullReferenceException>(() => ((string)null!).Length),
            "wrong cast" => new InvalidCastException(),
            "no such key" => new KeyNotFoundException(),
            "wrong format" => new FormatException(),
            "key gone" => new CryptographicException("the key cannot be used"),
            _ => Should.Throw<LiteDB.LiteException>(() =>
            {
                using var other = new LiteDB.LiteDatabase(new MemoryStream());
                other.GetCollection("x").Insert(new LiteDB.BsonDocument { ["_id"] = 1 });
                other.GetCollection("x").Insert(new LiteDB.BsonDocument { ["_id"] = 1 });
            }),
        };

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

    // Breaks the page that a finding's document lies on.
    private static void Lose(string path, string finding)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var at = bytes.AsSpan(Page).IndexOf(System.Text.Encoding.UTF8.GetBytes(finding)) + Page;
        at.ShouldBeGreaterThan(Page);
        file.Position = at / Page * Page;
        file.Write(new byte[Page]);
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
            right[report.Id.ToString()] = (
                store.Part(report.Id.ToString(), EvidencePart.Still).Sha256,
                store.Part(report.Id.ToString(), EvidencePart.Clip).Sha256
            );
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

    private EvidenceStore Open(string folder) =>
        new(Path.Combine(folder, "evidence.db"), time, new(Jws.Fingerprint(key), m => Jws.Sign(m, key), time.GetUtcNow));

    private FindingReport Report() =>
        new(
            FindingId.New(time.GetUtcNow()),
            CameraId.Parse("line", null),
            "zone",
            FindingKinds.NoMask,
            time.GetUtcNow(),
            null,
            0.9f,
            ["face 3"],
            []
        );

    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
