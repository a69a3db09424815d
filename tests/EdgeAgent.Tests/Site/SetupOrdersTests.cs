using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Site;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace BrightKitchen.EdgeAgent.Tests.Site;

public sealed class SetupOrdersTests : IDisposable
{
    private const string Password = "a secret/9";
    private readonly string data;
    private readonly FakeTimeProvider time = new();
    private readonly CameraStatus board;
    private readonly List<SetupOrders> started = [];
    private SiteStore site = null!;

    public SetupOrdersTests(Temporary temporary) => (data, board) = (temporary.Folder(), new(time, NullLogger<CameraStatus>.Instance));

    [Fact]
    public async Task A_camera_that_is_live_by_its_old_connection_only_does_not_count()
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        time.Advance(TimeSpan.FromSeconds(5));
        orders.Take(Order(1, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        Pass(3);
        orders.Report.State.ShouldBe(SetupStates.OnTrial);
        Shows("one", CameraStates.Connecting);
        Shows("one", CameraStates.Live);
        Pass(2);
        orders.Report.State.ShouldBe(SetupStates.InForce);
    }

    [Fact]
    public async Task An_order_is_in_force_once_the_cameras_show_and_keeps_their_passwords()
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        orders.Take(Order(1, Camera("one") with { Name = "renamed" }));
        orders.Report.State.ShouldBe(SetupStates.OnTrial);
        Shows("one", CameraStates.Connecting);
        Shows("one", CameraStates.Live);
        (site.Current.Cameras[0].Name, site.Current.Cameras[0].Password).ShouldBe(("renamed", Password));
        Pass(2);
        (orders.Report.State, orders.Report.Revision, orders.Report.Version, orders.Report.Refusal).ShouldBe(
            (SetupStates.InForce, 1, 1, null)
        );
        orders.Report.InForce.Cameras[0].Password.ShouldBeNull();
    }

    [Fact]
    public async Task A_password_in_an_address_is_never_reported_and_comes_back_with_what_the_server_changes()
    {
        var orders = await StartAsync();
        const string url = "rtsp://192.0.2.1/user=admin&password=S3cret&channel=1";
        site.Change(s =>
                s with
                {
                    Cameras =
                    [
                        new()
                        {
                            Id = "one",
                            Url = url,
                            SubUrl = url,
                        },
                    ],
                }
            )
            .ShouldBeEmpty();
        var reported = orders.Report.InForce.Cameras[0];
        System.Text.Json.JsonSerializer.Serialize(orders.Report).ShouldNotContain("S3cret");
        foreach (var file in Directory.EnumerateFiles(data, "s*.json"))
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldNotContain("S3cret");
        orders.Take(Order(1, reported with { Name = "renamed" }));
        (site.Current.Cameras[0].Name, site.Current.Cameras[0].Url, site.Current.Cameras[0].SubUrl).ShouldBe(("renamed", url, url));
        await StartAsync();
        site.Current.Cameras[0].Url.ShouldBe(url, "a restart reads it back");
    }

    [Fact]
    public async Task A_password_never_goes_to_a_host_that_it_was_not_given_for()
    {
        var orders = await StartAsync();
        orders.Take(Order(1, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        site.Current.Cameras[0].Password.ShouldBeNull();
    }

    [Fact]
    public async Task A_setup_with_which_a_camera_does_not_come_up_is_rolled_back_and_says_which()
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        orders.Take(Order(3, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        Shows("one", CameraStates.Unreachable);
        Pass(30);
        orders.Report.State.ShouldBe(SetupStates.OnTrial);
        Pass(40);
        (orders.Report.State, orders.Report.Revision).ShouldBe((SetupStates.RolledBack, 3));
        orders.Report.Refusal!.ShouldContain("camera 'one' is unreachable");
        (site.Current.Cameras[0].Url, site.Current.Cameras[0].Password).ShouldBe(("rtsp://192.0.2.1/x", Password));
    }

    [Fact]
    public async Task A_camera_that_was_down_before_and_is_not_touched_proves_nothing()
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Unreachable);
        orders.Take(Order(1, Camera("one")));
        Pass(2);
        orders.Report.State.ShouldBe(SetupStates.InForce);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_and_changes_nothing()
    {
        var orders = await StartAsync();
        orders.Take(Order(1, Camera("one") with { Url = "http://nonsense" }));
        (orders.Report.State, site.Current.Version).ShouldBe((SetupStates.Refused, 0));
        orders.Report.Refusal!.ShouldContain("rtsp://");
        orders.Take(new(2, null!));
        (orders.Report.State, orders.Report.Revision).ShouldBe((SetupStates.Refused, 2));
    }

    [Fact]
    public async Task The_same_order_twice_or_an_older_one_changes_nothing()
    {
        var orders = await StartAsync();
        orders.Take(Order(5, Camera("one") with { Name = "five" }));
        orders.Take(Order(5, Camera("one") with { Name = "again" }));
        orders.Take(Order(4, Camera("one") with { Name = "four" }));
        site.Current.Cameras[0].Name.ShouldBe("five");
    }

    [Fact]
    public async Task A_box_that_stops_twice_within_the_trial_comes_back_without_the_order()
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        orders.Take(Order(1, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        (await StartAsync()).Report.State.ShouldBe(SetupStates.OnTrial);
        var third = await StartAsync();
        (third.Report.State, site.Current.Cameras[0].Url).ShouldBe((SetupStates.RolledBack, "rtsp://192.0.2.1/x"));
        (await StartAsync()).Report.State.ShouldBe(SetupStates.RolledBack);
    }

    [Fact]
    public async Task Who_changes_something_at_the_box_within_the_trial_has_taken_over()
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        orders.Take(Order(1, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        Shows("one", CameraStates.Unreachable);
        site.Change(s => s with { TimeZone = "Asia/Urumqi" });
        Pass(90);
        (orders.Report.State, site.Current.Cameras[0].Url).ShouldBe((SetupStates.InForce, "rtsp://192.0.2.9/x"));
    }

    [Theory]
    [InlineData("site.json.new")]
    [InlineData("site.previous.json.new")]
    [InlineData("setup.json.new")]
    public async Task A_full_disk_refuses_an_order_and_says_so_for_as_long_as_the_old_settings_are_in_force(string file)
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        Full(file);
        orders.Take(Order(1, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        for (var second = 0; second < 120; second++)
        {
            (orders.Report.State, orders.Report.Revision, orders.Report.InForce.Cameras[0].Url).ShouldBe(
                (SetupStates.Refused, 1, "rtsp://192.0.2.1/x"),
                $"after {second} s"
            );
            orders.Report.Refusal!.ShouldContain("No space left on device");
            orders.Report.Refusal!.ShouldNotContain(data);
            Pass(1);
        }

        site.Current.Cameras[0].Url.ShouldBe("rtsp://192.0.2.1/x");
        (await StartAsync()).Report.State.ShouldNotBe(SetupStates.InForce, "a restart tells the same");
        Freed(file);
        Pass(1);
        (await StartAsync()).Report.State.ShouldNotBe(SetupStates.InForce);
        started[^1].Take(Order(2, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        Shows("one", CameraStates.Connecting);
        Shows("one", CameraStates.Live);
        Pass(2);
        (started[^1].Report.State, site.Current.Cameras[0].Url).ShouldBe((SetupStates.InForce, "rtsp://192.0.2.9/x"));
    }

    [Theory]
    [InlineData("site.json.new", false)]
    [InlineData("setup.json.new", false)]
    [InlineData("site.json.new", true)]
    [InlineData("setup.json.new", true)]
    public async Task A_full_disk_delays_the_way_back_and_never_makes_a_failed_trial_in_force(string file, bool restarts)
    {
        var orders = await StartAsync();
        Shows("one", CameraStates.Live);
        orders.Take(Order(1, Camera("one") with { Url = "rtsp://192.0.2.9/x" }));
        Shows("one", CameraStates.Unreachable);
        Pass(1);
        Full(file);
        Pass(90);
        orders.Report.State.ShouldBe(SetupStates.OnTrial);
        Freed(file);
        if (restarts)
            await StartAsync();
        Pass(restarts ? 62 : 1);
        (started[^1].Report.State, site.Current.Cameras[0].Url).ShouldBe((SetupStates.RolledBack, "rtsp://192.0.2.1/x"));
        (await StartAsync()).Report.State.ShouldBe(SetupStates.RolledBack, "a restart tells the same");
    }

    [Fact]
    public async Task A_damaged_memory_is_set_aside()
    {
        await File.WriteAllTextAsync(Path.Combine(data, "setup.json"), "{", TestContext.Current.CancellationToken);
        (await StartAsync()).Report.State.ShouldBe(SetupStates.None);
        File.Exists(Path.Combine(data, "setup.json.damaged")).ShouldBeTrue();
    }

    public void Dispose()
    {
        foreach (var orders in started)
            orders.Dispose();
    }

    // A write to this device is refused as by a full disk.
    private void Full(string file) => File.CreateSymbolicLink(Path.Combine(data, file), "/dev/full");

    private void Freed(string file) => File.Delete(Path.Combine(data, file));

    private static SetupOrder Order(long revision, params CameraSetup[] cameras) =>
        new(revision, new("Asia/Shanghai", "machine", cameras, []));

    private static CameraSetup Camera(string id) => new(id, "", "rtsp://192.0.2.1/x", null, "tcp", false, "u", null);

    private void Shows(string camera, string state) => board.Set(new() { Id = camera }, state, "why");

    // A second at a time, each looked at.
    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            started[^1].Look();
        }
    }

    private async Task<SetupOrders> StartAsync()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().PersistKeysToFileSystem(Directory.CreateDirectory(Path.Combine(data, "keys")));
        using var provider = services.BuildServiceProvider();
        var folders = new AgentFolders(data);
        var first = new CameraOptions
        {
            Id = "one",
            Url = "rtsp://192.0.2.1/x",
            User = "u",
            Password = Password,
        };
        site = new(
            new AgentSettings { Cameras = new() { Cameras = [first] } }.Site,
            folders,
            provider.GetRequiredService<IDataProtectionProvider>(),
            NullLogger<SiteStore>.Instance
        );
        foreach (var before in started)
            await before.StopAsync(CancellationToken.None);
        var orders = new SetupOrders(site, board, folders, time, NullLogger<SetupOrders>.Instance);
        started.Add(orders);
        await orders.StartAsync(TestContext.Current.CancellationToken);
        return orders;
    }
}
