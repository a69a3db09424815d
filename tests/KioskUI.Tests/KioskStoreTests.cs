using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.KioskUI.Tests;

/// <summary>What staff entered is there, whatever happens to the kiosk.</summary>
public sealed class KioskStoreTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 4, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-kiosk-").FullName;

    [Fact]
    public void Entries_wait_in_order_with_their_pictures_until_they_are_settled()
    {
        byte[] picture = [0xff, 0xd8, 0xff, 1, 2, 3];
        var (first, second) = (Entry("waste"), Entry("sample", picture));
        using (var store = Open())
        {
            store.Enter(first, null);
            store.Enter(second, picture);
            // The same one again, as a page that lost the answer sends it, is the same one.
            store.Enter(first, null);
        }

        using var again = Open();
        again.Waiting(10).Select(e => e.Id).ShouldBe([first.Id, second.Id]);
        again.Picture(second.Picture!).ShouldBe(picture);
        again.Settle(second, null, Noon);
        again.Settle(first, "kind", Noon);
        (again.WaitingCount, Directory.EnumerateFiles(Path.Combine(folder, "waiting")).Count()).ShouldBe(
            (0, 1),
            "what was refused is nowhere else"
        );
        again
            .Since(Noon.AddDays(-1))
            .Select(e => (e.Entry.Id, e.Settled, e.Fault))
            .ShouldBe([(second.Id, true, null), (first.Id, true, "kind")]);
        again.Prune(Noon.AddDays(1));
        again.Since(Noon.AddDays(-1)).Select(e => e.Entry.Id).ShouldBe([first.Id], "what the server refused stays in sight");
    }

    [Fact]
    public void What_the_server_refused_stays_however_old_until_it_is_corrected_or_discarded()
    {
        byte[] picture = [0xff, 0xd8, 0xff, 1, 2, 3];
        var (old, other, taken) = (Entry("sample", picture), Entry("waste"), Entry("waste"));
        using (var store = Open())
        {
            foreach (var entry in new[] { old, other, taken })
                store.Enter(entry, entry.Picture is null ? null : picture);
            store.Settle(old, "field-dish", Noon);
            store.Settle(other, "staff", Noon);
            store.Settle(taken, null, Noon);
            store.Resolve(taken.Id, Noon);
            store.Prune(Noon.AddYears(1));
            store.Refused().Select(r => (r.Entry.Id, r.Fault)).ShouldBe([(old.Id, "field-dish"), (other.Id, "staff")]);
        }

        // A database that is damaged takes them back from their copies, and the server refuses them again.
        File.WriteAllBytes(Path.Combine(folder, "kiosk.db"), RandomNumberGenerator.GetBytes(8192));
        using var again = Open();
        again.Waiting(10).Select(e => e.Id).ShouldBe([old.Id, other.Id], ignoreOrder: true);
        again.Settle(old, "field-dish", Noon);
        again.Settle(other, "staff", Noon);
        var right = Entry("sample", picture);
        again.Enter(right, picture, old.Id);
        again.Picture(right.Picture!).ShouldBe(picture, "the correction carries the same one");
        again.FindRefused(old.Id).ShouldBeNull();
        again.Resolve(other.Id, Noon);
        (again.Refused().Count, again.Waiting(10).Single().Id).ShouldBe((0, right.Id));
        again.Since(Noon.AddDays(-1)).ShouldHaveSingleItem();
        Directory
            .EnumerateFiles(Path.Combine(folder, "waiting"))
            .ShouldAllBe(f => Path.GetFileName(f).StartsWith(right.Id, StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_database_loses_no_entry_that_the_server_has_not()
    {
        var (settled, waits) = (Entry("waste"), Entry("disinfection"));
        using (var store = Open())
        {
            store.Enter(settled, null);
            store.Settle(settled, null, Noon);
            store.Enter(waits, null);
        }

        var file = Path.Combine(folder, "kiosk.db");
        var bytes = File.ReadAllBytes(file);
        RandomNumberGenerator.Fill(bytes.AsSpan(0, 4096));
        File.WriteAllBytes(file, bytes);
        using var again = Open();
        again.Waiting(10).Select(e => e.Id).ShouldBe([waits.Id]);
        Directory.EnumerateFiles(folder, "kiosk.db.damaged-*").ShouldHaveSingleItem("the damaged file is kept");
    }

    [Theory]
    [InlineData("first page NUL")]
    [InlineData("whole file NUL")]
    [InlineData("cut within the first page")]
    [InlineData("all pages but the first NUL")]
    public void What_a_power_cut_leaves_is_set_aside_and_costs_no_entry_that_waits(string damage)
    {
        var waits = Entry("disinfection");
        using (var store = Open())
            store.Enter(waits, null);
        var file = Path.Combine(folder, "kiosk.db");
        var bytes = File.ReadAllBytes(file);
        switch (damage)
        {
            case "first page NUL":
                bytes.AsSpan(0, 8192).Clear();
                break;
            case "whole file NUL":
                bytes.AsSpan().Clear();
                break;
            case "cut within the first page":
                bytes = bytes[..50];
                break;
            default:
                bytes.AsSpan(8192).Clear();
                break;
        }

        File.WriteAllBytes(file, bytes);
        using var again = Open();
        again.Waiting(10).Select(e => e.Id).ShouldBe([waits.Id]);
        new FileInfo(
            Directory.EnumerateFiles(folder, "kiosk.db.damaged-*").ShouldHaveSingleItem("the damaged file is there")
        ).Length.ShouldBe(bytes.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_log_of_noise_is_set_aside_and_costs_neither_the_disk_nor_an_entry_that_waits(bool withDatabase)
    {
        const int page = 8192,
            far = 40_000;
        var waits = Entry("disinfection");
        using (var store = Open())
        {
            store.Enter(waits, null);
            store.Told(Site());
        }

        var (file, log) = (Path.Combine(folder, "kiosk.db"), Path.Combine(folder, "kiosk-log.db"));
        if (!withDatabase)
            File.Delete(file);
        // Its first page claims to be one of 320 MB on, which LiteDB writes there; real noise is a thousand times as far.
        var noise = RandomNumberGenerator.GetBytes(4 * page);
        for (var i = 0; i < noise.Length; i += page)
        {
            BitConverter.TryWriteBytes(noise.AsSpan(i), far + (i / page));
            (noise[i + 4], noise[i + 18]) = (4, 1);
        }

        File.WriteAllBytes(log, noise);
        using var again = Open();
        again.Waiting(10).Select(e => e.Id).ShouldBe([waits.Id]);
        (again.Site is not null).ShouldBe(withDatabase, "the database beside it is whole");
        new FileInfo(file).Length.ShouldBeLessThan(10 << 20);
        File.ReadAllBytes(Directory.EnumerateFiles(folder, "kiosk-log.db.damaged-*").ShouldHaveSingleItem()).ShouldBe(noise);
        again.Enter(Entry("waste"), null);
        again.WaitingCount.ShouldBe(2);
    }

    [Fact]
    public void A_picture_of_two_entries_stays_until_both_are_settled_and_its_copy_counts_where_the_database_lost_it()
    {
        byte[] picture = [0xff, 0xd8, 0xff, 1, 2, 3];
        var (first, second) = (Entry("sample", picture), Entry("sample", picture));
        using var store = Open();
        store.Enter(first, picture);
        store.Enter(second, picture);
        store.Settle(first, null, Noon);
        store.Picture(second.Picture!).ShouldBe(picture);
        store.Settle(second, null, Noon);
        store.Picture(second.Picture!).ShouldBeNull();
        File.WriteAllBytes(Path.Combine(folder, "waiting", second.Id + ".jpg"), picture);
        store.PictureOf(second).ShouldBe(picture);
        store.PictureOf(first).ShouldBeNull();
    }

    [Fact]
    public void Pages_that_are_lost_while_the_kiosk_runs_cost_no_entry_that_waits()
    {
        var waits = Entry("disinfection");
        using (var store = Open())
            store.Enter(waits, null);
        using var again = Open();
        using (var file = new FileStream(Path.Combine(folder, "kiosk.db"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 8192;
            file.Write(new byte[file.Length - 8192]);
        }

        var next = Entry("waste");
        try
        {
            again.Enter(next, null);
        }
        catch (IOException)
        {
            // It is entered again, as the screen asks for.
            again.Enter(next, null);
        }

        again.Waiting(10).Select(e => e.Id).ShouldBe([waits.Id, next.Id], ignoreOrder: true);
    }

    [Fact]
    public void A_crash_between_copy_and_database_keeps_the_entry_and_one_after_settling_does_not_bring_it_back()
    {
        var (cut, done) = (Entry("waste"), Entry("temperature"));
        using (var store = Open())
        {
            store.Enter(done, null);
            var copy = Path.Combine(folder, "waiting", done.Id + ".json");
            var kept = File.ReadAllBytes(copy);
            store.Settle(done, null, Noon);
            File.WriteAllBytes(copy, kept);
        }

        File.WriteAllBytes(Path.Combine(folder, "waiting", cut.Id + ".json"), System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(cut));
        File.WriteAllText(Path.Combine(folder, "waiting", Guid.NewGuid().ToString("N") + ".json"), "{ \"Id\": ");
        using var again = Open();
        again.Waiting(10).Select(e => e.Id).ShouldBe([cut.Id]);
    }

    [Fact]
    public void What_the_server_told_and_the_count_of_wrong_tries_outlive_a_restart_and_a_revocation_forgets_people()
    {
        using (var store = Open())
        {
            store.Told(Site());
            store.Lock = (7, Noon);
        }

        using var again = Open();
        (again.Site!.Staff.Count, again.Lock).ShouldBe((1, (7, Noon)));
        again.Forget();
        again.Site.ShouldBeNull();
    }

    [Fact]
    public void On_a_full_disk_nothing_is_half_kept_and_what_waits_is_there_afterwards()
    {
        var mount = Directory.CreateDirectory(Path.Combine(folder, "full")).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount), "needs root, to mount a small disk");
        try
        {
            using (var store = new KioskStore(Path.Combine(mount, "kiosk"), NullLogger<KioskStore>.Instance))
            {
                var first = Entry("waste");
                store.Enter(first, null);
                var ballast = Path.Combine(mount, "ballast");
                using (var file = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.None, 0))
                {
                    Should.Throw<IOException>(() =>
                    {
                        while (true)
                            file.Write(new byte[4096]);
                    });
                }

                var picture = RandomNumberGenerator.GetBytes(300_000);
                var refused = Entry("sample", picture);
                Should.Throw<IOException>(() => store.Enter(refused, picture));
                Directory
                    .EnumerateFiles(Path.Combine(mount, "kiosk", "waiting"))
                    .Count()
                    .ShouldBe(1, "nothing of what was refused is left to come back");
                File.Delete(ballast);
                store.Enter(refused, picture);
                store.Waiting(10).Select(e => e.Id).ShouldBe([first.Id, refused.Id]);
            }

            using var again = new KioskStore(Path.Combine(mount, "kiosk"), NullLogger<KioskStore>.Instance);
            again.WaitingCount.ShouldBe(2);
            Directory.EnumerateFiles(Path.Combine(mount, "kiosk"), "*damaged*").ShouldBeEmpty("a full disk is no damage");
        }
        finally
        {
            Run("umount", mount);
        }
    }

    public void Dispose() => Directory.Delete(folder, true);

    internal static KioskSite Site(params IEnumerable<KioskStaff> staff) =>
        new(
            "site",
            "canteen",
            "Asia/Shanghai",
            "A",
            null,
            3,
            "/visit/site",
            [],
            [],
            [],
            staff.Any()
                ? [.. staff]
                :
                [
                    new(
                        "one",
                        "王秀英",
                        "cook",
                        null,
                        null,
                        KioskKeys.PinHash("site", "246810"),
                        KioskKeys.BadgeHash(KioskKeys.BadgeBefore + "X")
                    ),
                ],
            [],
            [],
            []
        );

    private static bool Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true }
        )!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private KioskStore Open() => new(folder, NullLogger<KioskStore>.Instance);

    private static KioskEntry Entry(string kind, byte[]? picture = null) =>
        new(
            Guid.NewGuid().ToString("N"),
            kind,
            Noon,
            "one",
            new Dictionary<string, string> { ["what"] = "x" },
            picture is null ? null : Convert.ToHexStringLower(SHA256.HashData(picture)),
            null
        );
}
