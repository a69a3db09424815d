using System.Diagnostics;
using System.Text.Json;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Tools;

public sealed class CamerasToolTests(Temporary temporary)
{
    private const string Secret = "never/told 7";

    [Fact]
    public async Task Cameras_tells_what_each_camera_gives_and_no_secret()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var server = await CameraServer.StartAsync(
            temporary.Folder(),
            [new("/line", Path.Combine(Repository.Pictures, "line-sub.ts"))],
            new(0, "viewer", Secret),
            cancel
        );
        var settings = temporary.File("box.json");
        await File.WriteAllTextAsync(
            settings,
            JsonSerializer.Serialize(
                new
                {
                    Box = new
                    {
                        Data = temporary.Folder(),
                        Cameras = new
                        {
                            Cameras = new[]
                            {
                                new
                                {
                                    Id = "line",
                                    Name = "备餐区",
                                    Url = server.Url("/line"),
                                    User = "viewer",
                                    Password = Secret,
                                },
                                new
                                {
                                    Id = "store",
                                    Name = "库房",
                                    Url = "rtsp://127.0.0.1:9/x",
                                    User = "viewer",
                                    Password = Secret,
                                },
                            },
                        },
                    },
                }
            ),
            cancel
        );
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("EdgeAgent"), "cameras", "--settings", settings])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(60), cancel);
        process.ExitCode.ShouldBe(2);
        (await output).ShouldContain("ok  line         备餐区  H.264 640x360 analysed, over tcp");
        (await output).ShouldContain("!!  store        库房  nothing listens");
        (await errors).ShouldContain("1 of 2 cameras");
        (await output + await errors).ShouldNotContain(Secret);
    }
}
