using System.Diagnostics;
using System.Text.Json;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Tools;

public sealed class DoctorTests(Temporary temporary)
{
    private const string Secret = "never/told 7";

    [Fact]
    public async Task Doctor_names_what_is_wrong_and_no_secret()
    {
        var (code, output, errors) = await RunAsync(
            new
            {
                Id = "line",
                Name = "备餐区",
                Url = "rtsp://127.0.0.1:9/x",
                User = "viewer",
                Password = Secret,
            },
            Directory.CreateDirectory(Path.Combine(temporary.Folder(), "data")).FullName
        );
        code.ShouldBe(2);
        output.ShouldContain("ok  model        detector");
        output.ShouldContain("!!  camera       line (备餐区) at 127.0.0.1:9");
        errors.ShouldContain("1 checks failed");
        (output + errors).ShouldNotContain(Secret);
    }

    [Fact]
    public async Task Wrong_settings_are_told_a_line_each()
    {
        var (code, _, errors) = await RunAsync(new { Id = "Not An Id", Url = "http://x" }, temporary.Folder());
        code.ShouldBe(2);
        errors.ShouldContain("the id must be");
        errors.ShouldContain("rtsp://host:554/path");
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(object camera, string data)
    {
        var cancel = TestContext.Current.CancellationToken;
        var settings = temporary.File("box.json");
        await File.WriteAllTextAsync(
            settings,
            JsonSerializer.Serialize(
                new
                {
                    Box = new
                    {
                        Data = data,
                        Detection = new { Repository.Models },
                        Cameras = new { Cameras = new[] { camera } },
                    },
                }
            ),
            cancel
        );
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("EdgeAgent"), "doctor", "--settings", settings])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(60), cancel);
        return (process.ExitCode, await output, await errors);
    }
}
