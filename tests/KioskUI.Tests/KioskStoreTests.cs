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
        (again.WaitingCount, Directory.EnumerateFiles(Path.Combine(folder, "waiting")).Count()).ShouldBe((0, 0));
        again.Since(Noon.AddDays(-1)).Select(e => (e.Entry.Id, e.Settled, e.Fault)).ShouldBe([(second.Id, true, null), (first.Id, true, "kind")]);
        again.Prune(Noon.AddDays(1));
        again.Since(Noon.AddDays(-1)).Select(e => e.Entry.Id).ShouldBe([first.Id], "what the server refused stays in sight");
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
                Directory.EnumerateFiles(Path.Combine(mount, "kiosk", "waiting")).Count().ShouldBe(1, "nothing of what was refused is left to come back");
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

    internal static KioskSite Site(params IEnumerable<KioskStaff> staff) => new(
        "site", "canteen", "Asia/Shanghai", "A", null, 3, "/visit/site", [], [], [], staff.Any() ? [.. staff] : [new("one", "王秀英", "cook", null, null, KioskKeys.PinHash("site", "246810"), KioskKeys.BadgeHash(KioskKeys.BadgeBefore + "X"))], [], [], []);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private KioskStore Open() => new(folder, NullLogger<KioskStore>.Instance);

    private static KioskEntry Entry(string kind, byte[]? picture = null) => new(
        Guid.NewGuid().ToString("N"), kind, Noon, "one", new Dictionary<string, string> { ["what"] = "x" }, picture is null ? null : Convert.ToHexStringLower(SHA256.HashData(picture)), null);
}
