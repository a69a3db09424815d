using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

public sealed class CameraUrlTests
{
    [Theory]
    [InlineData("rtsp://10.0.0.5/main", "10.0.0.5", 554, "/main", null)]
    [InlineData("RTSP://10.0.0.5:8554/main?x=1", "10.0.0.5", 8554, "/main?x=1", null)]
    [InlineData("rtsps://cam.example/x", "cam.example", 322, "/x", null)]
    [InlineData("rtsp://[fe80::1]:554/x", "fe80::1", 554, "/x", null)]
    [InlineData("rtsp://admin:12#34@10.0.0.5/x", "10.0.0.5", 554, "/x", "admin:12#34")]
    [InlineData("rtsp://admin:12/34@10.0.0.5:554/x", "10.0.0.5", 554, "/x", "admin:12/34")]
    [InlineData("rtsp://admin:a?b@10.0.0.5/x", "10.0.0.5", 554, "/x", "admin:a?b")]
    [InlineData("rtsp://admin:p@ss@10.0.0.5/x", "10.0.0.5", 554, "/x", "admin:p@ss")]
    [InlineData("rtsp://管理员:密码@10.0.0.5/x", "10.0.0.5", 554, "/x", "管理员:密码")]
    [InlineData("rtsp://10.0.0.5:554/user=admin&password=p@ss&channel=1", "10.0.0.5", 554, "/user=admin&password=p@ss&channel=1", null)]
    [InlineData("rtsp://10.0.0.5", "10.0.0.5", 554, "", null)]
    public void Addresses_are_read_as_people_write_them(string url, string host, int port, string path, string? userInfo)
    {
        var read = CameraUrl.Parse(url).ShouldNotBeNull();
        (read.Host, read.Port, read.Path, read.UserInfo).ShouldBe((host, port, path, userInfo));
        // Without the credentials it is the same address, which no longer has any.
        var again = CameraUrl.Parse(read.Request).ShouldNotBeNull();
        (again.Host, again.Port, again.UserInfo).ShouldBe((host, port, null));
    }

    [Theory]
    [InlineData("http://10.0.0.5/x")]
    [InlineData("rtsp://")]
    [InlineData("rtsp:///x")]
    [InlineData("rtsp://10.0.0.5:99999/x")]
    [InlineData("rtsp://a b/x")]
    [InlineData("10.0.0.5/x")]
    public void What_is_no_address_is_none(string url) => CameraUrl.Parse(url).ShouldBeNull();

    [Theory]
    [InlineData("rtsp://h.x/user=admin&password=S3cret&channel=1&stream=0.sdp?", "S3cret")]
    [InlineData("rtsp://h.x/user=admin_password=S3cret_channel=1_stream=0.sdp", "S3cret")]
    [InlineData("rtsp://h.x/live?usr=a&pwd=S3c#re/t&x=1", "re/t")]
    [InlineData("rtsp://h.x/live?PASSWORD=S3cret", "S3cret")]
    [InlineData("rtsp://h.x/live?token=S3cret", "S3cret")]
    [InlineData("rtsp://admin:S3cret@h.x/live", "S3cret")]
    [InlineData("rtsp://admin:S3cr#et@h.x/live", "S3cr")]
    [InlineData("rtsp://admin:S3/cr@et@h.x/live", "S3")]
    [InlineData("[rtsp @ 0x1] rtsp://h.x/l?pass=S3cret: not found", "S3cret")]
    public void No_password_is_left_in_what_is_shown(string text, string secret)
    {
        CameraUrl.Redact(text).ShouldNotContain(secret);
        CameraUrl.Redact(CameraUrl.Redact(text)).ShouldBe(CameraUrl.Redact(text), "it can be told again from what comes back");
        CameraUrl.Redact(text).ShouldContain("h.x/");
    }

    [Theory]
    [InlineData("rtsp://h.x/Streaming/Channels/101?transportmode=unicast")]
    [InlineData("rtsp://h.x/cam/realmonitor?channel=1&subtype=0")]
    public void What_holds_no_password_stays_as_it_is(string url) => CameraUrl.Redact(url).ShouldBe(url);

    [Fact]
    public void What_was_shown_comes_back_as_what_is_stored_and_never_goes_to_another_host()
    {
        var stored = new CameraOptions
        {
            Id = "line",
            Url = "rtsp://10.0.0.5/user=admin&password=S3cret&channel=1",
            SubUrl = "rtsp://10.0.0.5/user=admin&password=S3cret&channel=2",
            User = "u",
            Password = "p",
        };
        var back = stored.Redacted();
        (back.Password, back.Url).ShouldBe((null, "rtsp://10.0.0.5/user=admin&password=***&channel=1"));
        var known = back.WithKnownPassword([stored]);
        known.Same(stored).ShouldBeTrue();
        back.Url = "rtsp://10.0.0.9/user=admin&password=***&channel=1";
        var other = back.WithKnownPassword([stored]);
        (other.Password, other.Url).ShouldBe((null, back.Url));
    }
}
