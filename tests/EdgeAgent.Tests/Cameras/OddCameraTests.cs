using System.Collections.Concurrent;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Cameras;

/// <summary>
/// Cameras whose answers are odd, by a real RTSP server and the real ffmpeg: the test of the page and the service agree, and the reason is
/// true.
/// </summary>
public sealed class OddCameraTests(Temporary temporary)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public static TheoryData<string, string, string> Passwords =>
        new()
        {
            { "sha256", "admin", "secret1" },
            { "md5 sha256", "admin", "secret1" },
            { "sha256 md5", "admin", "secret1" },
            { "sha256 md5 basic", "管理员", "厨房摄像头密码二零二六" },
            { "md5", "admin", "p@ss:w/o#r%d?&'\"\\ +" },
            { "basic", "管理员", "p@ss:w/o#r%d?&'\"\\ +" },
        };

    [Theory]
    [MemberData(nameof(Passwords))]
    public async Task The_right_password_gets_in_whatever_digest_the_camera_asks_for(string challenges, string user, string password)
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new()
            {
                Challenges = challenges.Split(' '),
                User = user,
                Password = password,
            },
            TestContext.Current.CancellationToken
        );
        var answer = await TestAsync(
            new()
            {
                Id = "line",
                Url = odd.Url(),
                User = user,
                Password = password,
            }
        );
        answer.Fault.ShouldBeNull();
        (answer.Codec, answer.Width, answer.Height).ShouldBe(("H.264", 640, 360));
        odd.Requests.ShouldAllBe(r => !r.Contains(password, StringComparison.Ordinal));
        if (challenges.Contains("sha256", StringComparison.Ordinal))
            odd.Requests.ShouldContain(r => r.Contains("algorithm=SHA-256", StringComparison.Ordinal), "the strongest that is offered");
    }

    [Theory]
    [InlineData("sha256")]
    [InlineData("md5 sha256")]
    public async Task A_wrong_password_is_said_so_and_tried_no_more_often_than_there_are_digests(string challenges)
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new() { Challenges = challenges.Split(' '), Password = "secret1" },
            TestContext.Current.CancellationToken
        );
        var camera = new CameraOptions
        {
            Id = "line",
            Url = odd.Url(),
            User = "admin",
            Password = "wrong",
        };
        (await TestAsync(camera)).Fault.ShouldBe("the camera refuses the user or password");
        odd.Requests.Count(r => r.Contains("Digest ", StringComparison.Ordinal))
            .ShouldBeLessThanOrEqualTo(challenges.Split(' ').Length, "cameras lock out who tries too often");
        camera.User = camera.Password = null;
        (await TestAsync(camera)).Fault.ShouldBe("the camera requires a user and a password");
    }

    [Fact]
    public async Task An_address_in_capitals_with_the_password_pasted_into_it_works_as_it_is()
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new()
            {
                Challenges = ["md5"],
                User = "管理员",
                Password = "12#34/5?6@7",
            },
            TestContext.Current.CancellationToken
        );
        (await TestAsync(new() { Id = "line", Url = $"RTSP://管理员:12#34/5?6@7@127.0.0.1:{odd.Port}/main" })).Fault.ShouldBeNull();
        var apart = new CameraOptions
        {
            Id = "line",
            Url = $"Rtsp://127.0.0.1:{odd.Port}/main",
            User = "管理员",
            Password = "12#34/5?6@7",
        };
        (await TestAsync(apart)).Fault.ShouldBeNull();
    }

    [Theory]
    [InlineData("/user=admin&password=tl#J/w@6&channel=1&stream=0.sdp?")]
    [InlineData("/live?usr=a&pwd=se#cr=et")]
    public async Task An_address_with_the_password_in_its_path_reaches_the_camera_as_it_was_written_and_nobody_else(string path)
    {
        await using var odd = await OddCamera.StartAsync(temporary.Folder(), new() { Path = path }, TestContext.Current.CancellationToken);
        var camera = new CameraOptions { Id = "line", Url = odd.Url() };
        (await TestAsync(camera)).Fault.ShouldBeNull();
        odd.Requests.ShouldContain(r => r.StartsWith("DESCRIBE " + odd.Url(), StringComparison.Ordinal));
        var wrong = new CameraOptions { Id = "line", Url = odd.Url("/x" + path) };
        var fault = (await TestAsync(wrong)).Fault.ShouldNotBeNull();
        fault.ShouldContain("check the path");
        foreach (var text in new[] { fault, camera.Redacted().Url, StreamAddress.Of(camera, camera.Url).ToString() })
            text.ShouldNotContain(path.Contains("tl#", StringComparison.Ordinal) ? "w@6" : "cr=et");
    }

    [Fact]
    public async Task Motion_jpeg_is_encoded_and_what_is_recorded_plays()
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new() { Codec = "JPEG" },
            TestContext.Current.CancellationToken
        );
        var answer = await TestAsync(
            new()
            {
                Id = "line",
                Url = odd.Url(),
                SubUrl = odd.Url(),
            }
        );
        (answer.Fault, answer.Codec, answer.Plays, answer.Width).ShouldBe((null, "MJPEG", true, 640));
        var fragments = new ConcurrentQueue<Fragment>();
        await ReadAsync(odd, new(p => p.Dispose(), fragments.Enqueue), () => fragments.Count(f => f.Key) >= 3);
        fragments.First().Epoch.Codec.ShouldStartWith("avc1.");
        var clip = temporary.File("clip.mp4");
        await File.WriteAllBytesAsync(clip, Clip.Join([.. fragments]), TestContext.Current.CancellationToken);
        (await Ffmpeg.DecodeAsync(clip)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_wrong_sub_stream_is_found_by_the_test_and_named()
    {
        await using var odd = await OddCamera.StartAsync(temporary.Folder(), new(), TestContext.Current.CancellationToken);
        var answer = await TestAsync(
            new()
            {
                Id = "line",
                Url = odd.Url(),
                SubUrl = odd.Url("/nothing"),
            }
        );
        answer.Fault.ShouldBe("sub-stream: the camera has no stream at this address; check the path of the URL");
        (
            await TestAsync(
                new()
                {
                    Id = "line",
                    Url = odd.Url("/nothing"),
                    SubUrl = odd.Url(),
                }
            )
        ).Fault.ShouldBe("main stream: the camera has no stream at this address; check the path of the URL");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_camera_with_rare_key_frames_is_waited_for_and_says_so(bool noParameterSets)
    {
        const int every = 8;
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new() { KeyFrameEvery = every, NoParameterSets = noParameterSets },
            TestContext.Current.CancellationToken
        );
        var (notes, shown) = (new ConcurrentQueue<string>(), 0);
        // A camera that sends nothing would be given up after 3 s; this one sends.
        void Show(PlanarPicture picture)
        {
            picture.Dispose();
            Interlocked.Increment(ref shown);
        }

        var options = new CamerasOptions { ConnectWithin = TimeSpan.FromSeconds(3), StallAfter = TimeSpan.FromSeconds(3) };
        await ReadAsync(odd, new(Show, _ => { }) { Note = notes.Enqueue }, () => Volatile.Read(ref shown) > 3, options);
        notes.ShouldContain(n => n.StartsWith("waiting for a key frame", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_pages_test_waits_for_a_key_frame_as_long_as_the_service_does()
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new() { KeyFrameEvery = 16 },
            TestContext.Current.CancellationToken
        );
        // Past the first one.
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        var answer = await TestAsync(new() { Id = "line", Url = odd.Url() });
        answer.Fault.ShouldBeNull();
        answer.Note!.ShouldContain("the first key frame arrived after");
    }

    [Theory]
    [InlineData("SETUP", 453, "the camera accepts no more connections")]
    [InlineData("DESCRIBE", 503, "the camera cannot serve the stream now")]
    [InlineData("DESCRIBE", 451, "the camera answers with error 451")]
    [InlineData("PLAY", 454, "the camera answers with error 454")]
    public async Task What_a_camera_answers_is_the_reason_that_is_shown(string method, int status, string reason)
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new() { Refuses = (method, status) },
            TestContext.Current.CancellationToken
        );
        (await TestAsync(new() { Id = "line", Url = odd.Url() })).Fault.ShouldNotBeNull().ShouldStartWith(reason);
    }

    [Fact]
    public async Task A_camera_that_hangs_up_is_said_so_without_statistics_or_paths()
    {
        await using var odd = await OddCamera.StartAsync(
            temporary.Folder(),
            new() { ClosesAfter = TimeSpan.FromSeconds(5) },
            TestContext.Current.CancellationToken
        );
        var reader = new CameraReader(new(), temporary.Folder(), TimeProvider.System);
        var fault = await reader
            .RunOnceAsync(new(odd.Url(), null, null), new(p => p.Dispose(), _ => { }), TestContext.Current.CancellationToken)
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        fault.ShouldBe(new(CameraStates.Failed, "the camera closed the connection"));
    }

    [Theory]
    [InlineData("video:794kB audio:0kB subtitle:0kB other streams:0kB global headers:0kB muxing overhead: unknown")]
    [InlineData("/var/lib/box/scratch/0123.ffconcat: Protocol error")]
    [InlineData("frame=  12 fps=0.0 q=-1.0 size=N/A")]
    [InlineData("[rtsp @ 0x55] something new of ffmpeg 9")]
    [InlineData("Error while decoding stream #0:0: Invalid data found when processing input")]
    public void Nothing_of_what_ffmpeg_writes_is_shown(string line)
    {
        var fault = StreamFault.Of([line, ""], "the stream ended");
        foreach (var word in line.Split(' ').Where(w => w.Length > 6))
            fault.Detail.ShouldNotContain(word);
    }

    private Task<StreamAnswer> TestAsync(CameraOptions camera) =>
        new StreamTest(new(), new(temporary.Folder()), TimeProvider.System).TryAsync(camera, TestContext.Current.CancellationToken);

    private async Task ReadAsync(OddCamera odd, StreamTaps taps, Func<bool> enough, CamerasOptions? options = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var reading = new CameraReader(options ?? new(), temporary.Folder(), TimeProvider.System).RunOnceAsync(
            new(odd.Url(), null, null),
            taps,
            stop.Token
        );
        for (var since = TimeProvider.System.GetTimestamp(); !enough(); await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            if (reading.IsCompleted)
                Assert.Fail($"It ended: {await reading}");
            TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(Patience);
        }

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(reading);
    }
}
