using System.Text;
using BrightKitchen.EdgeAgent.Configuration;
using Microsoft.Extensions.Configuration;

namespace BrightKitchen.EdgeAgent.Tests;

public sealed class AgentSettingsTests
{
    [Theory]
    [InlineData("""{"Cameras":{"Cameras":[{"Id":"a","Url":"http://host/stream"}]}}""", "Url must look like rtsp://host:554/path")]
    [InlineData("""{"Cameras":{"Cameras":[{"Id":"a","Url":"not an address"}]}}""", "Url must look like rtsp://host:554/path")]
    [InlineData("""{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://user:secret@host/s"}]}}""", "remove user and password from Url")]
    [InlineData("""{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s'\nfile x"}]}}""", "must not contain quotes or line breaks")]
    [InlineData("""{"Cameras":{"Cameras":[{"Id":"../a","Url":"rtsp://host/s"}]}}""", "the id must be")]
    [InlineData("""{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"},{"Id":"a","Url":"rtsp://host/t"}]}}""", "is configured 2 times")]
    [InlineData("""{"Cameras":{"FramesPerSecond":0}}""", "FramesPerSecond")]
    [InlineData("""{"Cameras":{"StallAfter":"-00:00:01"}}""", "StallAfter")]
    [InlineData("""{"Cameras":{"ConnectWithin":"1.00:00:00"}}""", "ConnectWithin")]
    [InlineData("""{"Cameras":{"KeyFrameWithin":"00:00:00"}}""", "KeyFrameWithin")]
    [InlineData("""{"TimeZone":"Nowhere/City"}""", "TimeZone 'Nowhere/City' is unknown")]
    [InlineData("""{"Rules":[{"Camera":"b","Kind":"no-mask"}]}""", "there is no camera 'b'")]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"teapot"}]}""",
        "the kind is unknown"
    )]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"smoking"}]}""",
        "would never fire"
    )]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"bin-open"}]}""",
        "needs Taught"
    )]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"bin-open","Taught":"../../etc"}]}""",
        "needs Taught"
    )]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"no-mask","Zone":"0.1,0.2 5,6"}]}""",
        "the zone needs three or more corners"
    )]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"no-mask","Hours":["25:00-26:00"]}]}""",
        "is not a time range"
    )]
    [InlineData(
        """{"Cameras":{"Cameras":[{"Id":"a","Url":"rtsp://host/s"}]},"Rules":[{"Camera":"a","Kind":"no-mask","ZoneName":"冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间冷菜间"}]}""",
        "Shorten it"
    )]
    [InlineData("""{"Camreas":{}}""", "Camreas")]
    public void Says_what_is_wrong(string box, string expected) =>
        Should.Throw<InvalidDataException>(() => Read(box)).Message.ShouldContain(expected);

    [Fact]
    public void Says_all_of_it_at_once_and_no_secret()
    {
        var message = Should
            .Throw<InvalidDataException>(() =>
                Read(
                    """{"TimeZone":"X","Cameras":{"Cameras":[{"Id":"a","Url":"ftp://h/s","User":"u","Password":"secret-word"},{"Id":"B","Url":"rtsp://u:secret-word@h/s"}]}}"""
                )
            )
            .Message;
        message.ShouldContain("TimeZone");
        message.ShouldContain("Camera 'a'");
        message.ShouldContain("Camera 'B'");
        message.ShouldNotContain("secret-word");
    }

    private static AgentSettings Read(string box)
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"Box":{{box}}}"""));
        return AgentSettings.Read(new ConfigurationBuilder().AddJsonStream(json).Build());
    }
}
