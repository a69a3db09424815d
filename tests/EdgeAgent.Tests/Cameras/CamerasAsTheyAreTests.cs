using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Telemetry;
using BrightKitchen.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>
/// What cameras in kitchens are like, each by a real RTSP server: the frames come, and the copied stream plays as a clip.
/// </summary>
public sealed class CamerasAsTheyAreTests(Temporary temporary)
{
    private const string User = "viewer";
    private const string Password = "p@ss:word/1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly CamerasOptions Options = new();

    public static TheoryData<string, Mount, Listening, string> Cameras =>
        new()
        {
            { "over TCP", new("/line", "plain"), new(0, User, Password), "tcp" },
            {
                "over UDP",
                new("/line", "plain") { Transport = "udp" },
                new(0, User, Password),
                "udp"
            },
            { "basic sign-in", new("/line", "plain"), new(0, User, Password, Auth: "basic"), "tcp" },
            { "no sign-in", new("/line", "plain"), new(), "tcp" },
            { "IPv6", new("/line", "plain"), new(0, User, Password, "::1"), "tcp" },
            { "B-frames", new("/line", "b-frames"), new(), "tcp" },
            {
                "sound beside the picture",
                new("/line", "plain") { Sound = true },
                new(),
                "tcp"
            },
            {
                "H.265",
                new("/line", "h265") { Codec = "H265" },
                new(),
                "tcp"
            },
            {
                "RTP timestamps that stand still",
                new("/line", "plain") { Stamps = "frozen" },
                new(),
                "tcp"
            },
            {
                "RTP timestamps that jump by hours",
                new("/line", "plain") { Stamps = "wild" },
                new(),
                "tcp"
            },
        };

    [Theory]
    [MemberData(nameof(Cameras))]
    public async Task Gives_frames_and_clips_that_play(string kind, Mount mount, Listening listening, string transport)
    {
        var folder = temporary.Folder();
        var file = Path.Combine(folder, "picture.ts");
        await Ffmpeg.RunAsync(
            "-f lavfi -i testsrc2=size=640x360:rate=25:duration=6 -pix_fmt yuv420p -g 25 "
                + mount.File switch
                {
                    "b-frames" => "-c:v libx264 -preset fast -bf 2",
                    "h265" => "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:bframes=0",
                    _ => "-c:v libx264 -preset ultrafast -bf 0",
                }
                + " "
                + file
        );
        await using var cameras = await CameraServer.StartAsync(
            folder,
            [mount with { File = file }],
            listening,
            TestContext.Current.CancellationToken
        );
        var camera = new CameraOptions
        {
            Id = "line",
            Url = cameras.Url("/line"),
            User = listening.User,
            Password = listening.Password,
            Transport = transport,
        };
        using var services = new ServiceCollection().AddMetrics().AddLogging().BuildServiceProvider();
        var metrics = new EdgeMetrics(services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), TimeProvider.System);
        var board = new CameraStatus(TimeProvider.System, services.GetRequiredService<ILogger<CameraStatus>>());
        var set = new CameraSet(metrics, TimeProvider.System);
        set.Apply([camera]);
        var place = set.Slots.Values.Single();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var reader = new CameraReader(Options, folder, TimeProvider.System);
        var running = new CameraSupervisor(camera, reader, place.Inbox, place.Ring, new(), board, metrics, TimeProvider.System).RunAsync(
            stop.Token
        );

        // What ffmpeg holds while it finds out what the stream is comes at once.
        const int buffered = 10;
        var frames = 0;
        long first = 0;
        var since = TimeProvider.System.GetTimestamp();
        List<Fragment> cut = [];
        while (frames < 20 || cut.Sum(f => f.Duration.TotalSeconds) < 4)
        {
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience, $"{kind}: {frames} frames, {board.All[0]}");
            if (place.Inbox.TryTake(out var frame))
            {
                using (frame)
                    frame!.Bgr.Width.ShouldBe(640);
                if (frames++ == buffered)
                    first = TimeProvider.System.GetTimestamp();
            }

            // The first second of a connection may lack decode times, and one whose timestamps turned out to be useless has none that are
            // right.
            cut =
            [
                .. place
                    .Ring.Cut(DateTimeOffset.MinValue, DateTimeOffset.MaxValue)
                    .Where(f => f.Epoch.Number == place.Ring.Newest!.Epoch.Number)
                    .Skip(1)
                    .SkipWhile(f => !f.Key),
            ];
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var seconds = TimeProvider.System.GetElapsedTime(first).TotalSeconds;
        board.All[0].State.ShouldBe(CameraStates.Live);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
        if (place.Inbox.TryTake(out var left))
            left!.Dispose();

        ((frames - buffered) / seconds).ShouldBeInRange(2, 8, "about five frames a second, whatever the timestamps say");
        var clip = Path.Combine(folder, "clip.mp4");
        await File.WriteAllBytesAsync(clip, Clip.Join(cut), TestContext.Current.CancellationToken);
        var stream = (await Ffmpeg.ProbeAsync($"-show_entries stream=codec_name,codec_tag_string,level -of csv=p=0 {clip}"))
            .Trim()
            .Split(',');
        if (mount.Codec == "H265")
        {
            // Main profile, as browsers ask for it, at the level that the picture says.
            cut[0].Epoch.Codec.ShouldStartWith($"hvc1.1.6.L{stream[2]}");
            stream[1].ShouldBe("hvc1");
        }
        else
            cut[0].Epoch.Codec.ShouldStartWith("avc1.");

        // A player that decodes all of it without a word, in about the time it took.
        (await Ffmpeg.DecodeAsync(clip)).ShouldBeEmpty();
        var probed = await Ffmpeg.ProbeAsync(
            $"-count_frames -show_entries stream=nb_read_frames,codec_type:format=duration -of csv {clip}"
        );
        probed.ShouldContain("video");
        probed.ShouldNotContain("audio");
        var length = double.Parse(probed.Split("format,")[1], System.Globalization.CultureInfo.InvariantCulture);
        length.ShouldBeInRange(seconds / 3, seconds + 8, $"{kind}: {probed}");
    }

    [Fact]
    public async Task The_installers_test_finds_the_transport_by_itself_and_tells_what_a_browser_cannot_play()
    {
        var folder = temporary.Folder();
        var file = Path.Combine(folder, "picture.ts");
        await Ffmpeg.RunAsync(
            "-f lavfi -i testsrc2=size=640x360:rate=25:duration=6 -pix_fmt yuv420p -c:v libx265 -preset ultrafast "
                + $"-x265-params log-level=none:keyint=25:bframes=0 {file}"
        );
        await using var cameras = await CameraServer.StartAsync(
            folder,
            [new("/line", file) { Codec = "H265", Transport = "udp" }],
            new(),
            TestContext.Current.CancellationToken
        );
        var answer = await new StreamTest(Options, new(folder), TimeProvider.System).TryAsync(
            new() { Id = "line", Url = cameras.Url("/line") },
            TestContext.Current.CancellationToken
        );
        answer.Fault.ShouldBeNull();
        (answer.Transport, answer.Codec, answer.Plays).ShouldBe(("udp", "H.265", false));
    }

    [Fact]
    public async Task An_h265_camera_is_encoded_anew_where_the_installer_says_so()
    {
        var folder = temporary.Folder();
        var file = Path.Combine(folder, "picture.ts");
        await Ffmpeg.RunAsync(
            "-f lavfi -i testsrc2=size=1920x1080:rate=25:duration=4 -pix_fmt yuv420p -c:v libx265 -preset "
                + $"ultrafast -x265-params log-level=none:keyint=25:bframes=0 {file}"
        );
        await using var cameras = await CameraServer.StartAsync(
            folder,
            [new("/line", file) { Codec = "H265" }],
            new(),
            TestContext.Current.CancellationToken
        );
        var fragments = new System.Collections.Concurrent.ConcurrentQueue<Fragment>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var address = StreamAddress.Of(
            new()
            {
                Id = "line",
                Url = cameras.Url("/line"),
                Reencode = true,
            },
            cameras.Url("/line")
        );
        var reading = ReadAsync(address, new(null, fragments.Enqueue), stop.Token);
        for (
            var since = TimeProvider.System.GetTimestamp();
            fragments.Count(f => f.Key) < 4;
            await Task.Delay(50, TestContext.Current.CancellationToken)
        )
        {
            reading.IsCompleted.ShouldBeFalse();
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);
        }

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(reading);
        fragments.First().Epoch.Codec.ShouldStartWith("avc1.");
        var clip = Path.Combine(folder, "clip.mp4");
        await File.WriteAllBytesAsync(clip, Clip.Join([.. fragments]), TestContext.Current.CancellationToken);
        (await Ffmpeg.DecodeAsync(clip)).ShouldBeEmpty();
        (await Ffmpeg.ProbeAsync($"-show_entries stream=codec_name,width,height -of csv=p=0 {clip}")).Trim().ShouldBe("h264,1280,720");
    }

    [Fact]
    public async Task A_camera_that_speaks_only_udp_says_so_to_the_installer()
    {
        await using var cameras = await CameraServer.StartAsync(
            temporary.Folder(),
            [new("/line", Path.Combine(Repository.Pictures, "line-sub.ts")) { Transport = "udp" }],
            new(),
            TestContext.Current.CancellationToken
        );
        var fault = await ReadAsync(new(cameras.Url("/line"), null, null), new(null, _ => { }), TestContext.Current.CancellationToken)
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        fault.State.ShouldBe(CameraStates.Refused);
        fault.Detail.ShouldContain("udp");
    }

    private Task<StreamFault> ReadAsync(StreamAddress address, StreamTaps taps, CancellationToken stop) =>
        new CameraReader(Options, temporary.Folder(), TimeProvider.System).RunOnceAsync(address, taps, stop);
}
