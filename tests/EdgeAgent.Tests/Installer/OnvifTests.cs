using System.Net;
using System.Text;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Installer.Onvif;
using BrightKitchen.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace BrightKitchen.EdgeAgent.Tests.Installer;

/// <summary>Against a camera that speaks ONVIF over real sockets, also when it is hostile.</summary>
public sealed class OnvifTests : IAsyncLifetime
{
    private const string User = "viewer";
    private const string Password = "pass word/9";
    private readonly OnvifCamera camera = new(User, Password, "rtsp://127.0.0.1:554/main", "rtsp://someone:else@127.0.0.1:554/sub");
    private readonly ServiceProvider services;

    public OnvifTests()
    {
        var builder = new ServiceCollection();
        builder.AddOnvif();
        services = builder.AddSingleton(TimeProvider.System).BuildServiceProvider();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await camera.DisposeAsync();
        await services.DisposeAsync();
    }

    [Fact]
    public async Task A_camera_is_found_by_its_answer()
    {
        var found = await new DeviceSearch(new() { AlsoAsk = [camera.Discovery] }).FindAsync(TimeSpan.FromSeconds(2), Cancel);
        found.ShouldContain(new FoundDevice(camera.Service, "Serving counter", "127.0.0.1"));
    }

    [Fact]
    public async Task Its_streams_are_told_with_a_clock_that_is_wrong_an_address_that_is_wrong_and_no_credentials()
    {
        var streams = await Device.StreamsAsync(camera.Service, User, Password, Cancel);
        streams
            .Profiles.Select(p => (p.Name, p.Codec, p.Width))
            .ShouldBe([("main stream", "H264", 1920), ("sub stream", "H264", 640), ("shots stream", "JPEG", 3840)]);
        (streams.Main!.Url, streams.Sub!.Url).ShouldBe(("rtsp://127.0.0.1:554/main", "rtsp://127.0.0.1:554/sub"));
    }

    [Fact]
    public async Task A_wrong_password_is_said_so_without_the_password()
    {
        var refused = await Should.ThrowAsync<OnvifException>(() => Device.StreamsAsync(camera.Service, User, "wrong secret", Cancel));
        refused.Message.ShouldContain("refuses the user or password");
        refused.ToString().ShouldNotContain("wrong secret");
    }

    [Theory]
    [InlineData("http://example.org/onvif")]
    [InlineData("http://8.8.8.8/onvif")]
    [InlineData("http://[2001:4860:4860::8888]/onvif")]
    public async Task The_box_asks_nobody_outside_its_network(string service) =>
        (await Should.ThrowAsync<OnvifException>(() => Device.StreamsAsync(new(service), User, Password, Cancel))).Message.ShouldContain(
            "local network"
        );

    [Theory]
    [InlineData("redirect")]
    [InlineData("endless")]
    [InlineData("bomb")]
    [InlineData("deep")]
    [InlineData("slow")]
    [InlineData("garbage")]
    [InlineData("empty")]
    public async Task A_hostile_camera_costs_a_message_and_a_few_seconds(string kind)
    {
        camera.Instead = kind switch
        {
            "redirect" => answer => Send(answer, "", 302, "http://127.0.0.1:1/"),
            "endless" => Endless,
            "bomb" => answer =>
                Send(answer, "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><l>&b;</l>"),
            "deep" => answer => Send(answer, string.Concat(Enumerable.Repeat("<a>", 50_000))),
            "slow" => Slow,
            "garbage" => answer => Send(answer, "\0\u0001 not xml"),
            _ => answer => Send(answer, ""),
        };
        var before = GC.GetTotalMemory(true);
        var said = await Should.ThrowAsync<OnvifException>(() =>
            Device.StreamsAsync(camera.Service, User, Password, Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel)
        );
        said.Message.ShouldStartWith("the camera");
        (GC.GetTotalMemory(true) - before).ShouldBeLessThan(32 << 20);
    }

    [Fact]
    public void No_answer_to_the_search_makes_it_fail_or_grow()
    {
        var random = new Random(11);
        var right = Encoding.UTF8.GetBytes(
            "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" "
                + "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><e:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/A%20B</d:Scopes><d:XAddrs>http://192.168.1.2/onvif http://[::1]/x</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
        );
        DeviceSearch.Read(right)!.Name.ShouldBe("A B");
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = (byte[])right.Clone();
            for (var change = random.Next(1, 6); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            read += DeviceSearch.Read(bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length)) is null ? 0 : 1;
        }

        read.ShouldBeInRange(100, 19_900, "some changes break it and some do not");
    }

    [Fact]
    public void The_main_stream_is_the_largest_that_browsers_play_and_the_sub_stream_the_smallest_that_is_wide_enough()
    {
        OnvifProfile[] profiles =
        [
            new("a", "H265", 3840, 2160, "1"),
            new("b", "H264", 1920, 1080, "2"),
            new("c", "H264", 640, 360, "3"),
            new("d", "H264", 320, 180, "4"),
            new("e", "JPEG", 640, 360, "5"),
        ];
        var streams = OnvifDevice.Choose(profiles);
        (streams.Main!.Name, streams.Sub!.Name).ShouldBe(("b", "c"));
        OnvifDevice.Choose([profiles[0]]).Main!.Name.ShouldBe("a");
        OnvifDevice.Choose([]).Main.ShouldBeNull();
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("::ffff:192.168.1.1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("2001:db8::1", false)]
    public void Near_is_this_machine_and_private_networks(string address, bool near) =>
        AdminAccess.IsNear(IPAddress.Parse(address)).ShouldBe(near);

    private OnvifDevice Device => services.GetRequiredService<OnvifDevice>();

    private static async Task Send(HttpListenerResponse answer, string text, int code = 200, string? location = null)
    {
        answer.StatusCode = code;
        if (location is not null)
            answer.RedirectLocation = location;
        await answer.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
        answer.Close();
    }

    private static async Task Endless(HttpListenerResponse answer)
    {
        answer.SendChunked = true;
        var piece = new byte[64 * 1024];
        Array.Fill(piece, (byte)' ');
        for (var i = 0; i < 16_384; i++)
            await answer.OutputStream.WriteAsync(piece);
    }

    private static async Task Slow(HttpListenerResponse answer)
    {
        answer.SendChunked = true;
        for (var i = 0; i < 40; i++)
        {
            await answer.OutputStream.WriteAsync("<"u8.ToArray());
            await answer.OutputStream.FlushAsync();
            await Task.Delay(500, Cancel);
        }
    }
}
