using System.Diagnostics;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Media;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Evidence;

public sealed class EvidenceStoreTests(Temporary temporary)
{
    private static readonly DateTimeOffset Eleven = new(2026, 3, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Still = [0xff, 0xd8, 0xff, 1, 2, 3];
    private readonly FakeTimeProvider time = new(Eleven);

    [Fact]
    public void A_finding_comes_with_its_still_its_clip_and_its_outbox_entries()
    {
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        var finding = Finding();
        store.Add(finding, Still, [Fragment(1000)]);
        store.Outbox(10).Select(e => e.What).ShouldBe(["report", "still"]);
        store.Part(finding.Id.ToString(), EvidencePart.Still).Bytes.ShouldBe(Still);
        store.Finish(finding.Id, [Fragment(1000), Fragment(2000)]);
        store.Outbox(10).Select(e => e.What).ShouldBe(["report", "still", "clip"]);
        var (clip, digest) = store.Part(finding.Id.ToString(), EvidencePart.Clip);
        clip.Length.ShouldBeGreaterThan(3000);
        digest.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(clip)));
    }

    [Fact]
    public void The_same_finding_written_twice_is_there_once()
    {
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        var finding = Finding();
        store.Add(finding, Still, []);
        store.Add(finding, Still, []);
        store.Since(Eleven.AddDays(-1)).Count.ShouldBe(1);
        store.OutboxDepth.ShouldBe(2);
    }

    [Fact]
    public void What_was_open_when_the_box_stopped_is_finished_at_the_next_start()
    {
        var path = temporary.File("evidence.db");
        var finding = Finding();
        using (var store = new EvidenceStore(path, time))
            store.Add(finding, Still, [Fragment(1000)]);
        using (var store = new EvidenceStore(path, time))
        {
            store.Outbox(10).Select(e => e.What).ShouldBe(["report", "still", "clip", "report"]);
            store.Report(finding.Id.ToString()).ClosedAt.ShouldBe(finding.OpenedAt);
        }

        using (var store = new EvidenceStore(path, time))
            store.OutboxDepth.ShouldBe(4, "a third start changes nothing");
    }

    [Fact]
    public void A_refused_entry_steps_back_and_comes_again_later_each_time()
    {
        using var store = new EvidenceStore(temporary.File("evidence.db"), time);
        store.Add(Finding(), Still, []);
        var first = store.Outbox(1).Single();
        store.Defer(first);
        store.Outbox(10).ShouldNotContain(e => e.Id == first.Id);
        time.Advance(TimeSpan.FromSeconds(31));
        store.Outbox(10).ShouldContain(e => e.Id == first.Id);
        store.Defer(store.Outbox(1).Single());
        time.Advance(TimeSpan.FromSeconds(31));
        store.Outbox(10).ShouldNotContain(e => e.Id == first.Id);
        store.OutboxDepth.ShouldBe(2, "nothing is given up");
    }

    [Fact]
    public void What_was_put_off_by_a_clock_that_was_ahead_is_due_when_the_clock_is_right()
    {
        var path = temporary.File("evidence.db");
        var ahead = new FakeTimeProvider(time.GetUtcNow().AddYears(3));
        using (var store = new EvidenceStore(path, ahead))
        {
            store.Add(Finding(), Still, []);
            foreach (var entry in store.Outbox(10))
                store.Defer(entry);
        }

        using var again = new EvidenceStore(path, time);
        again.Outbox(10).Count.ShouldBe(again.OutboxDepth);
        var late = again.Outbox(1).Single();
        for (var refusals = 0; refusals < 12; refusals++)
            again.Defer(late);
        again.Outbox(10).ShouldNotContain(e => e.Id == late.Id, "an hour is the longest that anything is put off");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(8192)]
    [InlineData(100_000)]
    public void A_file_that_is_no_database_is_named_and_left_as_it_is(int length)
    {
        var path = temporary.File("evidence.db");
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        var message = Should.Throw<InvalidDataException>(() => new EvidenceStore(path, time)).Message;
        message.ShouldContain(path);
        message.ShouldContain("Move it away");
        File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes).ShouldBeTrue("the file is as it was");
    }

    [Fact]
    public void A_full_disk_refuses_loses_nothing_and_goes_on_when_there_is_space()
    {
        var folder = temporary.Folder();
        // The size is given in the mount: 6 MiB are full after some clips.
        Assert.SkipUnless(Mounted(folder), "a small file system needs root");
        try
        {
            using var store = new EvidenceStore(Path.Combine(folder, "evidence.db"), time);
            var ballast = Path.Combine(folder, "ballast");
            File.WriteAllBytes(ballast, new byte[2 << 20]);
            var kept = new List<FindingReport>();
            var finding = Finding();
            Should
                .Throw<IOException>(() =>
                {
                    for (var i = 0; i < 100; i++)
                    {
                        store.Add(finding, Still, [Fragment(200_000)]);
                        kept.Add(finding);
                        finding = Finding();
                    }
                })
                .Message.ShouldContain("evidence.db");
            kept.Count.ShouldBeInRange(3, 60);
            Fill(Path.Combine(folder, "rest"));
            var handles = Handles();
            for (var i = 0; i < 20; i++)
                Should.Throw<IOException>(() => store.Add(finding, Still, [Fragment(200_000)]));
            Handles().ShouldBeLessThan(handles + 10, "trying again every few seconds for days leaks nothing");
            // The refused one may be in the log already: what counts is that none that was accepted is missing.
            store
                .Since(Eleven.AddDays(-1))
                .Select(f => f.Id)
                .Where(id => id != finding.Id)
                .ShouldBe(kept.Select(f => f.Id), ignoreOrder: true);

            File.Delete(ballast);
            File.Delete(Path.Combine(folder, "rest"));
            store.Add(finding, Still, [Fragment(200_000)]);
            kept.Add(finding);
            foreach (var one in kept)
            {
                var (clip, digest) = store.Part(one.Id.ToString(), EvidencePart.Clip);
                Convert.ToHexStringLower(SHA256.HashData(clip)).ShouldBe(digest);
            }

            store.OutboxDepth.ShouldBe(2 * kept.Count);
        }
        finally
        {
            Run("umount", folder);
        }
    }

    [Fact]
    public void A_disk_that_turns_read_only_refuses_loses_nothing_and_goes_on_when_it_is_writable()
    {
        var folder = temporary.Folder();
        Assert.SkipUnless(Mounted(folder), "a small file system needs root");
        try
        {
            using var store = new EvidenceStore(Path.Combine(folder, "evidence.db"), time);
            var (kept, refused) = (Finding(), Finding());
            store.Add(kept, Still, [Fragment(20_000)]);
            // Open files keep a file system writable: the kernel itself is told to refuse, as it does after a disk's fault.
            store.Dispose();
            Run("mount", "-o", "remount,ro", folder).ShouldBeTrue();
            Should.Throw<Exception>(() => new EvidenceStore(Path.Combine(folder, "evidence.db"), time)).ShouldBeAssignableTo<IOException>();
            Run("mount", "-o", "remount,rw", folder).ShouldBeTrue();
            using var again = new EvidenceStore(Path.Combine(folder, "evidence.db"), time);
            again.Rescued.ShouldBeNull("a disk that refuses is no damage");
            again.Add(refused, Still, [Fragment(20_000)]);
            again.Since(Eleven.AddDays(-1)).Select(f => f.Id).ShouldBe([kept.Id, refused.Id], ignoreOrder: true);
        }
        finally
        {
            Run("umount", folder);
        }
    }

    [Fact]
    public void What_is_held_stays_however_old_it_is_until_it_is_released()
    {
        var path = temporary.File("evidence.db");
        var (held, other) = (Finding(), Finding());
        using (var store = new EvidenceStore(path, time))
        {
            foreach (var finding in new[] { held, other })
            {
                store.Add(finding, Still, [Fragment(1000)]);
                store.Finish(finding.Id, []);
                store.Close(finding.Id, TimeSpan.FromSeconds(5));
            }

            foreach (var entry in store.Outbox(100))
                store.Acknowledge(entry);
            store.Hold([held.Id]);
        }

        using (var store = new EvidenceStore(path, time))
        {
            store.Prune(Eleven.AddYears(3)).ShouldBe(1, "a hold is kept over restarts");
            store.Since(Eleven.AddDays(-1)).Single().Id.ShouldBe(held.Id);
            store.Hold([]);
            store.Prune(Eleven.AddYears(3)).ShouldBe(1);
        }
    }

    [Fact]
    public void A_database_that_is_mostly_empty_gives_its_space_back_and_keeps_the_rest_byte_for_byte()
    {
        var path = temporary.File("evidence.db");
        var digests = new Dictionary<string, string>();
        using var store = new EvidenceStore(path, time);
        for (var i = 0; i < 40; i++)
        {
            var finding = Finding() with { OpenedAt = Eleven.AddMinutes(i) };
            store.Add(finding, Still, [Fragment(400_000)]);
            store.Finish(finding.Id, []);
            store.Close(finding.Id, TimeSpan.FromSeconds(5));
            digests[finding.Id.ToString()] = store.Part(finding.Id.ToString(), EvidencePart.Clip).Sha256;
        }

        // The last five wait for the server.
        foreach (var entry in store.Outbox(1000).Where(e => digests.Keys.ToList().IndexOf(e.Finding) < 35))
            store.Acknowledge(entry);
        store.Prune(Eleven.AddYears(1)).ShouldBe(35);
        var (before, waiting) = (store.FileBytes, store.Outbox(1000).Select(e => e.Id).ToList());
        before.ShouldBeGreaterThan(10_000_000, "LiteDB gives nothing back by itself");
        store.Compact().ShouldBeGreaterThan(before / 2);
        store.FileBytes.ShouldBeLessThan(store.LiveBytes * 2);
        store.Outbox(1000).Select(e => e.Id).ShouldBe(waiting);
        foreach (var left in store.Since(Eleven.AddDays(-1)))
            store.Part(left.Id.ToString(), EvidencePart.Clip).Sha256.ShouldBe(digests[left.Id.ToString()]);
        store.Add(Finding(), Still, [Fragment(1000)]);
        store.Since(Eleven.AddDays(-1)).Count.ShouldBe(6);
        store.Rescued.ShouldBeNull();
        Directory.GetFiles(Path.GetDirectoryName(path)!, "*compact*").ShouldBeEmpty();
    }

    [Fact]
    public void What_a_crash_left_of_a_compaction_is_cleared_away()
    {
        var path = temporary.File("evidence.db");
        var left = Path.Combine(Path.GetDirectoryName(path)!, "evidence-compact.db");
        File.WriteAllBytes(left, new byte[100]);
        using var store = new EvidenceStore(path, time);
        File.Exists(left).ShouldBeFalse();
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            while (true)
                file.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static int Handles() => Directory.GetFiles("/proc/self/fd").Length;

    private static bool Mounted(string folder) =>
        Environment.UserName == "root" && Run("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static FindingReport Finding() =>
        new(FindingId.New(Eleven), CameraId.Parse("line", null), "zone", FindingKinds.NoMask, Eleven, null, 0.9f, ["m"], []);

    /// <summary>A fragment with a decode time and so many bytes of picture.</summary>
    internal static Fragment Fragment(int size)
    {
        byte[] moof = [0, 0, 0, 32, .. "moof"u8, 0, 0, 0, 24, .. "traf"u8, 0, 0, 0, 16, .. "tfdt"u8, 0, 0, 0, 0, 0, 0, 0, 0];
        var picture = new byte[size];
        new Random(size).NextBytes(picture);
        return new(new(1, [0, 0, 0, 8, .. "ftyp"u8], "avc1.64001f", 1000), 0, [.. moof, .. picture], true, 0, 500, Eleven);
    }
}
