using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Findings;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace BrightKitchen.EdgeAgent.Tests.Site;

public sealed class SiteStoreTests(Temporary temporary)
{
    private const string Password = "a secret/9";
    private readonly string data = temporary.Folder();

    [Fact]
    public void What_was_changed_is_there_after_a_restart_and_goes_before_the_settings_file()
    {
        Open().Change(s => s with { Cameras = [.. s.Cameras, Camera("two")] }).ShouldBeEmpty();
        var (again, settings) = (Open(), Open().Current);
        settings.Cameras.Select(c => c.Id).ShouldBe(["one", "two"]);
        settings.Version.ShouldBe(1);
        settings.Cameras[1].Password.ShouldBe(Password);
        again.Change(s => s with { Version = 77 });
        Open().Current.Version.ShouldBe(2);
    }

    [Fact]
    public void Passwords_stand_in_no_file()
    {
        Open().Change(s => s with { Cameras = [.. s.Cameras, Camera("two")] });
        foreach (var file in Directory.EnumerateFiles(data, "site*.json"))
            File.ReadAllText(file).ShouldNotContain("secret");
        Directory.EnumerateFiles(data, "site*.json").Count().ShouldBe(2);
    }

    [Fact]
    public void What_is_wrong_changes_nothing_and_is_named()
    {
        var store = Open();
        store.Change(s => s with { Cameras = [.. s.Cameras, Camera("one")], TimeZone = "Nowhere" }).Count.ShouldBe(2);
        (store.Current.Version, store.Current.Cameras.Count, File.Exists(Path.Combine(data, "site.json"))).ShouldBe((0, 1, false));
    }

    [Theory]
    [InlineData(FindingKinds.BinOpen, "open,closed", true)]
    [InlineData(FindingKinds.BinOpen, "closed", true)]
    [InlineData(FindingKinds.BinOpen, null, true)]
    [InlineData(FindingKinds.UncoveredFood, "open,closed", false)]
    [InlineData(FindingKinds.BinOpen, "offen,zu", false)]
    public void A_rule_that_could_never_fire_on_its_taught_zone_is_refused_when_it_is_set(string kind, string? states, bool taken)
    {
        if (states is not null)
        {
            Directory.CreateDirectory(Path.Combine(data, "zones"));
            var zone = JsonSerializer.Serialize(new { name = "bin", examples = states.Split(',').Select(s => new { state = s }) });
            File.WriteAllText(Path.Combine(data, "zones", "bin.json"), zone);
        }

        var store = Open();
        var faults = store.Change(s =>
            s with
            {
                Rules =
                [
                    new()
                    {
                        Camera = "one",
                        Kind = kind,
                        Taught = "bin",
                    },
                ],
            }
        );
        if (taken)
            faults.ShouldBeEmpty();
        else
            faults.ShouldHaveSingleItem().ShouldContain("would never fire");
        store.Current.Rules.Count.ShouldBe(taken ? 1 : 0);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_zones_name_that_the_server_would_refuse_is_refused_when_it_is_set(int length, bool taken)
    {
        var name = new string('间', length);
        Open()
            .Change(s =>
                s with
                {
                    Rules =
                    [
                        new()
                        {
                            Camera = "one",
                            Kind = FindingKinds.NoHat,
                            ZoneName = name,
                        },
                    ],
                }
            )
            .Count.ShouldBe(taken ? 0 : 1);
        new FindingReport(
            FindingId.New(DateTimeOffset.UnixEpoch),
            CameraId.Parse("one", null),
            name,
            FindingKinds.NoHat,
            DateTimeOffset.UnixEpoch,
            null,
            1,
            [],
            []
        )
            .Fault()
            .ShouldBe(taken ? null : "the zone is missing or too long");
    }

    [Fact]
    public void A_rule_that_an_earlier_release_took_stops_neither_the_device_nor_another_change()
    {
        Open()
            .Change(s =>
                s with
                {
                    Rules =
                    [
                        new()
                        {
                            Camera = "one",
                            Kind = FindingKinds.NoHat,
                            ZoneName = "hall",
                        },
                    ],
                }
            )
            .ShouldBeEmpty();
        var file = Path.Combine(data, "site.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"hall\"", $"\"{new string('h', 150)}\"", StringComparison.Ordinal));
        Open().Change(s => s with { TimeZone = "Asia/Urumqi" }).ShouldBeEmpty();
        FindingReport.Shorten(Open().Current.Rules[0].ZoneName).Length.ShouldBe(100);
        FindingReport.Shorten(new string('h', 99) + "😀").ShouldBe(new string('h', 99), "no character is cut in two");
    }

    [Fact]
    public void The_way_back_is_a_version_of_its_own()
    {
        var store = Open();
        store.Change(s => s with { Cameras = [.. s.Cameras, Camera("two")] });
        store.Change(s => s with { Cameras = [], Rules = [] });
        store.RollBack();
        (store.Current.Version, store.Current.Cameras.Count).ShouldBe((3, 2));
    }

    [Fact]
    public void The_way_back_leads_to_rules_that_would_be_refused_today()
    {
        Open()
            .Change(s =>
                s with
                {
                    Rules =
                    [
                        new()
                        {
                            Camera = "one",
                            Kind = FindingKinds.NoHat,
                            ZoneName = "hall",
                        },
                    ],
                }
            )
            .ShouldBeEmpty();
        var file = Path.Combine(data, "site.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"hall\"", $"\"{new string('h', 150)}\"", StringComparison.Ordinal));
        var store = Open();
        store.Change(s => s with { Rules = [] }).ShouldBeEmpty();
        store.RollBack();
        store.Current.Rules.ShouldHaveSingleItem().ZoneName.Length.ShouldBe(150);
    }

    [Fact]
    public async Task Whoever_waits_is_told_once_there_is_something_new()
    {
        var store = Open();
        var waiting = store.ChangedAsync(0, TestContext.Current.CancellationToken);
        waiting.IsCompleted.ShouldBeFalse();
        store.Change(s => s with { TimeZone = "Asia/Urumqi" });
        await waiting.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await store
            .ChangedAsync(0, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"version\":3,\"timeZone\":\"Asia/Shanghai\",\"cameras\":[{\"id\":\"A b\",\"url\":\"rtsp://h/s\"}],\"rules\":[]}")]
    public void A_damaged_file_is_kept_and_says_what_to_do(string text)
    {
        File.WriteAllText(Path.Combine(data, "site.json"), text);
        Should.Throw<InvalidDataException>(Open).Message.ShouldContain("in their place");
        File.ReadAllText(Path.Combine(data, "site.json")).ShouldBe(text);
    }

    [Fact]
    public void A_rule_that_did_not_change_keeps_what_it_has_seen_and_one_that_goes_ends_it()
    {
        var book = new RuleBook();
        var settings = new SiteSettings(
            1,
            "Asia/Shanghai",
            [Camera("one")],
            [new() { Camera = "one", Kind = FindingKinds.CameraLost }, new() { Camera = "one", Kind = FindingKinds.Intrusion }]
        );
        book.Apply(settings).ShouldBeEmpty();
        var watch = book.Of(CameraId.Parse("one", null)).Single(w => w.Options.Kind == FindingKinds.CameraLost);
        var at = DateTimeOffset.UnixEpoch;
        for (var i = 0; i < 6; i++)
            watch.Look([CameraLosses.TrackedObject], at.AddSeconds(i));
        watch.Open.Count().ShouldBe(1);
        book.Apply(settings with { Version = 2, Rules = [settings.Rules[0]] }).ShouldBeEmpty();
        book.Of(CameraId.Parse("one", null)).ShouldHaveSingleItem().ShouldBeSameAs(watch);
        book.Apply(settings with { Version = 3, Rules = [] }).ShouldHaveSingleItem().LastSeen.ShouldBe(at.AddSeconds(5));
    }

    private static BrightKitchen.EdgeAgent.Cameras.CameraOptions Camera(string id) =>
        new()
        {
            Id = id,
            Url = "rtsp://127.0.0.1:9/x",
            User = "u",
            Password = Password,
        };

    private SiteStore Open()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(data, "keys")));
        using var provider = services.BuildServiceProvider();
        return new(
            new AgentSettings { Cameras = new() { Cameras = [Camera("one")] } }.Site,
            new AgentFolders(data),
            provider.GetRequiredService<IDataProtectionProvider>(),
            NullLogger<SiteStore>.Instance
        );
    }
}
