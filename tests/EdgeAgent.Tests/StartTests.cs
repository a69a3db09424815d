using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Site;
using BrightKitchen.EdgeAgent.Tests.Evidence;
using BrightKitchen.EdgeAgent.Tests.Uplink;
using BrightKitchen.EdgeAgent.Uplink;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests;

/// <summary>What a power cut or a full disk left, and a start after it: the kitchen is watched again, and what cannot be is said.</summary>
public sealed class StartTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly string[] Losable = ["enrolment.json", "admin.code", "kiosk.key", "setup.json", "site.json"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(700)]
    public async Task The_shipped_agent_starts_although_a_power_cut_emptied_its_small_files(int nul)
    {
        var data = temporary.Folder();
        foreach (var file in Losable)
            await File.WriteAllBytesAsync(Path.Combine(data, file), new byte[nul], Cancel);
        var port = LoopbackPort.Free();
        var log = temporary.File("agent.log");
        await using (Start(data, port, log))
        {
            await UntilLiveAsync(port);
            foreach (var file in new[] { "admin.code", "kiosk.key" })
                (await File.ReadAllTextAsync(Path.Combine(data, file), Cancel))
                    .Trim()
                    .Length.ShouldBeGreaterThan(8, "an empty one would let everybody in");
            await UntilAsync(
                () => File.ReadAllTextAsync(log, Cancel),
                l => l.Contains($"{FindingKinds.BoxDamaged}", StringComparison.Ordinal)
            );
        }

        Directory.GetFiles(data, "*.damaged").Select(Path.GetFileName).Order().ShouldBe(Losable.Select(f => f + ".damaged").Order());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg")]
    public async Task The_key_of_the_seals_is_not_made_anew_behind_anybodys_back(string left)
    {
        var data = temporary.Folder();
        await File.WriteAllTextAsync(Path.Combine(data, "box.key"), left, Cancel);
        var log = temporary.File("agent.log");
        await using var agent = Start(data, LoopbackPort.Free(), log);
        (await agent.ExitAsync(Patience, Cancel)).ShouldBe(2);
        await UntilAsync(() => File.ReadAllTextAsync(log, Cancel), l => l.Contains("box.key", StringComparison.Ordinal));
        (await File.ReadAllTextAsync(Path.Combine(data, "box.key"), Cancel)).ShouldBe(left);
    }

    [Fact]
    public async Task A_second_agent_on_the_same_folder_ends_and_the_first_goes_on()
    {
        var (data, port) = (temporary.Folder(), LoopbackPort.Free());
        await using var first = Start(data, port, temporary.File("first.log"));
        await UntilLiveAsync(port);
        var log = temporary.File("second.log");
        await using var second = Start(data, LoopbackPort.Free(), log);
        (await second.ExitAsync(Patience, Cancel)).ShouldBe(1);
        await UntilAsync(() => File.ReadAllTextAsync(log, Cancel), l => l.Contains("agent.lock", StringComparison.Ordinal));
        await UntilLiveAsync(port);
    }

    [Fact]
    public void Settings_that_are_lost_are_those_before_and_a_mistake_in_them_is_named()
    {
        var data = temporary.Folder();
        Site(data).Change(s => s with { TimeZone = "Asia/Urumqi" }).ShouldBeEmpty();
        Site(data).Change(s => s with { TimeZone = "Asia/Tokyo" }).ShouldBeEmpty();
        File.WriteAllBytes(Path.Combine(data, "site.json"), new byte[900]);
        var site = Site(data);
        (site.Current.TimeZone, site.Current.Version).ShouldBe(("Asia/Urumqi", 1));
        site.Damaged.ShouldNotBeNull();
        Site(data).Damaged.ShouldBeNull("it is said once");
        // A full disk or a second power cut in the middle of it.
        File.Delete(Path.Combine(data, "site.json"));
        Site(data).Current.TimeZone.ShouldBe("Asia/Urumqi");
        Site(data).Current.TimeZone.ShouldBe("Asia/Urumqi");
        // Cut off in the middle.
        var whole = File.ReadAllText(Path.Combine(data, "site.json"));
        File.WriteAllText(Path.Combine(data, "site.json"), whole[..(whole.Length / 2)]);
        Site(data).Damaged.ShouldNotBeNull();
        Site(data).Current.TimeZone.ShouldBe("Asia/Urumqi");
        File.WriteAllText(Path.Combine(data, "site.json"), """{ "version": 3, "timeZone": "Asia/Shanghai", }}""");
        Should.Throw<InvalidDataException>(() => Site(data)).Message.ShouldContain("site.json");
        File.Exists(Path.Combine(data, "site.json")).ShouldBeTrue("it is left to whoever edited it");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<key id=\"6b1f")]
    [InlineData("\0\0\0\0")]
    public void Cameras_whose_keys_are_lost_stay_without_their_passwords_and_rules_go_on(string left)
    {
        var data = temporary.Folder();
        Keyed(data)
            .Change(s =>
                s with
                {
                    Cameras =
                    [
                        new()
                        {
                            Id = "line",
                            Name = "配餐线",
                            Url = "rtsp://10.0.0.8/stream",
                            User = "admin",
                            Password = "secret-1",
                        },
                        new()
                        {
                            Id = "store",
                            Name = "库房 1",
                            Url = "rtsp://10.0.0.9/?user=admin&password=secret-2",
                        },
                        new()
                        {
                            Id = "door",
                            Name = "Door",
                            Url = "rtsp://10.0.0.7/stream",
                        },
                    ],
                    Rules = [new() { Kind = "no-hat", Camera = "line" }],
                }
            )
            .ShouldBeEmpty();
        Keyed(data).Damaged.ShouldBeNull();
        foreach (var key in Directory.GetFiles(Path.Combine(data, "keys")))
            File.WriteAllText(key, left);

        var site = Keyed(data);
        site.Damaged.ShouldNotBeNull().ShouldContain("配餐线, 库房 1.");
        site.Current.Cameras.Select(c => c.Id).ShouldBe(["line", "store", "door"]);
        site.Current.Cameras[0].Password.ShouldBeNull();
        site.Current.Cameras[1].Url.ShouldContain(".invalid");
        site.Current.Cameras[2].Url.ShouldBe("rtsp://10.0.0.7/stream");
        site.Current.Rules.ShouldHaveSingleItem();

        // Typed again they are encrypted by a new key.
        site.Change(s => s with { Cameras = [s.Cameras[0].WithPassword("secret-3"), s.Cameras[2]] }).ShouldBeEmpty();
        var again = Keyed(data);
        again.Damaged.ShouldBeNull();
        again.Current.Cameras[0].Password.ShouldBe("secret-3");
        File.ReadAllText(Path.Combine(data, "site.json")).ShouldNotContain("secret-3");
    }

    [Fact]
    public void Keys_that_come_back_bring_the_passwords_back_whatever_was_changed_meanwhile()
    {
        var data = temporary.Folder();
        Keyed(data)
            .Change(s =>
                s with
                {
                    Cameras =
                    [
                        new()
                        {
                            Id = "line",
                            Url = "rtsp://10.0.0.8/stream",
                            User = "admin",
                            Password = "secret-1",
                        },
                        new() { Id = "store", Url = "rtsp://10.0.0.9/?user=admin&password=secret-2" },
                        new()
                        {
                            Id = "moved",
                            Url = "rtsp://10.0.0.7/stream",
                            User = "admin",
                            Password = "secret-3",
                        },
                    ],
                }
            )
            .ShouldBeEmpty();
        var key = Directory.GetFiles(Path.Combine(data, "keys")).Single();
        var whole = File.ReadAllText(key);
        File.WriteAllText(key, "");
        var site = Keyed(data);
        site.Damaged.ShouldNotBeNull();
        site.Change(s => s with { TimeZone = "Asia/Tokyo" }).ShouldBeEmpty();
        // Somebody points one of them elsewhere: its password must not go there.
        site.Change(s =>
                s with
                {
                    Cameras =
                    [
                        .. s.Cameras.Take(2),
                        new()
                        {
                            Id = "moved",
                            Url = "rtsp://10.9.9.9/stream",
                            User = "admin",
                        },
                    ],
                }
            )
            .ShouldBeEmpty();
        Should.Throw<InvalidDataException>(site.RollBack).Message.ShouldContain("keys");

        File.WriteAllText(key, whole);
        var again = Keyed(data);
        again.Damaged.ShouldBeNull();
        again.Current.TimeZone.ShouldBe("Asia/Tokyo");
        again.Current.Cameras[0].Password.ShouldBe("secret-1");
        again.Current.Cameras[1].Url.ShouldContain("secret-2");
        again.Current.Cameras[2].Password.ShouldBeNull();
    }

    [Fact]
    public void A_key_that_cannot_be_read_is_not_taken_for_lost()
    {
        var data = temporary.Folder();
        Keyed(data)
            .Change(s =>
                s with
                {
                    Cameras =
                    [
                        new()
                        {
                            Id = "line",
                            Url = "rtsp://10.0.0.8/s",
                            User = "admin",
                            Password = "secret-1",
                        },
                    ],
                }
            )
            .ShouldBeEmpty();
        var keys = Path.Combine(data, "keys");
        var key = Directory.GetFiles(keys).Single();
        File.Move(key, key + ".aside");
        // The root user may read everything: a link to a disk that is not mounted is what it cannot read.
        File.CreateSymbolicLink(key, "/nowhere/key.xml");
        Should.Throw<IOException>(() => Keyed(data)).Message.ShouldContain("keys");
    }

    [Theory]
    [InlineData("keys", 1)]
    [InlineData("evidence.db", 1)]
    public async Task A_file_or_folder_that_stands_in_the_way_is_named_in_a_sentence(string name, int code)
    {
        var data = temporary.Folder();
        if (name == "keys")
            await File.WriteAllTextAsync(Path.Combine(data, name), "", Cancel);
        else
            Directory.CreateDirectory(Path.Combine(data, name));
        await EndsInASentenceAsync(data, LoopbackPort.Free(), code, name);
    }

    [Fact]
    public async Task A_port_that_another_program_holds_is_named_in_a_sentence()
    {
        using var held = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        held.Start();
        var port = ((System.Net.IPEndPoint)held.LocalEndpoint).Port;
        await EndsInASentenceAsync(temporary.Folder(), port, 1, $"{port}");
    }

    [Fact]
    public void An_installers_certificate_that_was_cut_off_is_made_anew()
    {
        var folders = new AgentFolders(temporary.Folder());
        using var first = InstallerCertificate.ReadOrMake(folders, TimeProvider.System);
        var whole = File.ReadAllText(folders.In("installer.pem"));
        foreach (var left in new[] { whole[..(whole.Length / 2)], whole[..(whole.Length - 40)], whole[300..] })
        {
            File.WriteAllText(folders.In("installer.pem"), left);
            using var made = InstallerCertificate.ReadOrMake(folders, TimeProvider.System);
            made.HasPrivateKey.ShouldBeTrue();
            using var again = InstallerCertificate.ReadOrMake(folders, TimeProvider.System);
            again.Thumbprint.ShouldBe(made.Thumbprint);
        }
    }

    [Fact]
    public void An_enrolment_that_is_lost_is_none_and_one_that_is_whole_stays()
    {
        var data = temporary.Folder();
        var clock = new AgentClock(TimeProvider.System);
        using (var identity = new AgentIdentity(new(data), clock))
            identity.Enrolled(new("box-1", "canteen"));
        string fingerprint;
        using (var identity = new AgentIdentity(new(data), clock))
        {
            identity.Enrolment!.BoxId.ShouldBe("box-1");
            fingerprint = identity.Fingerprint;
        }

        foreach (var left in new[] { "", "\0\0\0\0", "{\"BoxId\":\"box", "null", "{}" })
        {
            File.WriteAllText(Path.Combine(data, "enrolment.json"), left);
            using var identity = new AgentIdentity(new(data), clock);
            identity.Enrolment.ShouldBeNull();
            identity.Fingerprint.ShouldBe(fingerprint);
        }
    }

    [Fact]
    public async Task On_a_full_disk_the_oldest_recordings_make_room_for_a_start_and_nothing_else_goes()
    {
        var (small, why) = await SmallDisk.MountAsync(192, toBreak: false, Cancel);
        if (small is null)
            Assert.Skip(why);
        await using var disk = small;
        var data = Path.Combine(disk.Path, "box");
        var days = new OfflineDays(disk.Path);
        days.Gather(3, 300_000, 400_000);
        // Copies and database of three findings, and a database that a power cut broke: its rescue needs room.
        using (var file = File.OpenWrite(Path.Combine(data, "evidence.db")))
            file.Write(new byte[8192]);
        var segments = new List<string>();
        foreach (var day in new[] { "20260301", "20260302" })
        {
            for (var hour = 0; hour < 20; hour++)
            {
                var path = Path.Combine(
                    data,
                    "recordings",
                    hour % 2 == 0 ? "line" : "store",
                    day,
                    SegmentName.Of(new(2026, 3, 1, hour, 0, 0, TimeSpan.Zero), 1, hour)
                );
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, new byte[2 << 20], Cancel);
                segments.Add(path);
            }
        }

        disk.Fill();
        var port = LoopbackPort.Free();
        await using (Start(data, port, temporary.File("agent.log")))
            await UntilLiveAsync(port);
        // Of two megabytes each 25 are what is kept free; the start itself writes some.
        var left = segments.Where(File.Exists).ToList();
        left.Count.ShouldBeInRange(8, 16);
        left.ShouldBe(segments[^left.Count..], "the oldest went first, whatever camera");
        using var store = OfflineDays.Open(data, out var identity);
        using var owned = identity;
        foreach (var (id, digest) in days.Clips)
            store.Part(id, EvidencePart.Clip).Sha256.ShouldBe(digest);
    }

    [Fact]
    public async Task A_rescue_that_the_disk_cuts_short_goes_on_when_there_is_room()
    {
        var (small, why) = await SmallDisk.MountAsync(96, toBreak: false, Cancel);
        if (small is null)
            Assert.Skip(why);
        await using var disk = small;
        var data = Path.Combine(disk.Path, "box");
        var days = new OfflineDays(disk.Path);
        days.Gather(20, 900_000, 1_100_000);
        using (var file = File.OpenWrite(Path.Combine(data, "evidence.db")))
            file.Write(new byte[8192]);
        disk.Fill();
        for (var tries = 0; tries < 3; tries++)
            Should.Throw<IOException>(() => OfflineDays.Open(data, out _));
        disk.Free();
        using (var ballast = File.Create(Path.Combine(disk.Path, "ballast")))
            ballast.Write(new byte[(int)(new DriveInfo(disk.Path).AvailableFreeSpace - (12 << 20))]);
        // Room for half of it.
        Should.Throw<IOException>(() => OfflineDays.Open(data, out _));
        disk.Free();
        using var store = OfflineDays.Open(data, out var identity);
        using var owned = identity;
        store.Rescued.ShouldNotBeNull().ShouldContain("20 findings were restored, nothing was lost");
        foreach (var (id, digest) in days.Clips)
            store.Part(id, EvidencePart.Clip).Sha256.ShouldBe(digest);
        Directory.GetFiles(data, "evidence.db.rescue").ShouldBeEmpty();
        Directory.GetFiles(data, "evidence.db.damaged-*").ShouldHaveSingleItem("what was read of it already does not pile up");
    }

    [Fact]
    public async Task A_disk_that_is_full_again_and_again_is_answered_each_time_and_loses_nothing()
    {
        var (small, why) = await SmallDisk.MountAsync(64, toBreak: false, Cancel);
        if (small is null)
            Assert.Skip(why);
        await using var disk = small;
        var kept = new List<FindingId>();
        var working = Task.Run(
            () =>
            {
                using var store = new EvidenceStore(Path.Combine(disk.Path, "evidence.db"), TimeProvider.System);
                for (var round = 0; round < 12; round++)
                {
                    disk.Fill();
                    var refused = OfflineDays.Finding(TimeProvider.System.GetUtcNow());
                    for (var tries = 0; tries < 3; tries++)
                        Should.Throw<IOException>(() => store.Add(refused, new byte[200_000], [EvidenceStoreTests.Fragment(300_000)]));
                    store
                        .Since(DateTimeOffset.UnixEpoch)
                        .Select(f => f.Id.ToString())
                        .Order()
                        .ShouldBe(kept.Select(k => k.ToString()).Order(), "what was there is read on a full disk too");
                    disk.Free();
                    store.Add(refused, new byte[200_000], [EvidenceStoreTests.Fragment(300_000)]);
                    store.Finish(refused.Id, []);
                    kept.Add(refused.Id);
                }

                store.Rescued.ShouldBeNull("a full disk is no damage");
            },
            Cancel
        );
        // LiteDB waits for itself for ever where its own thread meets the full disk.
        await working.WaitAsync(TimeSpan.FromMinutes(3), Cancel);
        using var again = new EvidenceStore(Path.Combine(disk.Path, "evidence.db"), TimeProvider.System);
        again.Since(DateTimeOffset.UnixEpoch).Select(f => f.Id.ToString()).Order().ShouldBe(kept.Select(k => k.ToString()).Order());
        foreach (var id in kept)
            again.Part(id.ToString(), EvidencePart.Clip).Bytes.Length.ShouldBeGreaterThan(300_000);
    }

    private static SiteStore Site(string data) =>
        new(
            new AgentSettings().Site,
            new AgentFolders(data),
            new ServiceCollection().AddDataProtection().Services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>(),
            NullLogger<SiteStore>.Instance
        );

    // A settings store with keys in files, as the shipped agent has it.
    private static SiteStore Keyed(string data)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        DurableKeyFiles.Add(services, Path.Combine(data, "keys"));
        return new(
            new AgentSettings().Site,
            new AgentFolders(data),
            services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>(),
            NullLogger<SiteStore>.Instance
        );
    }

    private async Task EndsInASentenceAsync(string data, int port, int code, string named)
    {
        var log = temporary.File("agent.log");
        await using var agent = Start(data, port, log);
        (await agent.ExitAsync(Patience, Cancel)).ShouldBe(code);
        var said = await File.ReadAllTextAsync(log, Cancel);
        said.ShouldContain(named);
        said.ShouldNotContain("   at BrightKitchen", Case.Sensitive, "a sentence, no stack trace");
    }

    private static Child Start(string data, int port, string log) =>
        Child.Dotnet(
            "EdgeAgent",
            log,
            [
                "--urls",
                $"http://127.0.0.1:{port}",
                "--Box:Data",
                data,
                "--Box:Detection:Models",
                Repository.Models,
                "--Box:Detection:Workers",
                "1",
                "--Box:Installer:Port",
                "0",
                "--Box:Recording:KeepFreeGigabytes",
                "0.05",
            ]
        );

    private static async Task UntilLiveAsync(int port)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = new($"http://127.0.0.1:{port}") };
        await UntilAsync(
            async () =>
            {
                try
                {
                    return await client.GetStringAsync("/health/live", Cancel);
                }
                catch (HttpRequestException)
                {
                    return "";
                }
            },
            a => a.Length > 0
        );
    }

    private static async Task UntilAsync(Func<Task<string>> ask, Func<string, bool> holds)
    {
        for (var since = TimeProvider.System.GetTimestamp(); !holds(await ask()); await Task.Delay(200, Cancel))
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);
    }
}
