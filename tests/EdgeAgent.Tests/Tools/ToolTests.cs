using System.Diagnostics;
using System.Text.Json;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Tools;

/// <summary>The shipped program's commands as somebody at a shell runs them, on the demo's portrait: a bare face, a bare head.</summary>
public sealed class ToolTests(Temporary temporary)
{
    private static readonly string Camera = Path.Combine(Repository.Pictures, "line-main.ts");

    [Fact]
    public async Task Evaluate_ends_with_one_line_for_machines()
    {
        var folder = Directory.CreateDirectory(Path.Combine(temporary.Folder(), "without_mask")).FullName;
        await Ffmpeg.RunAsync($"-ss 8 -i {Camera} -frames:v 1 -vf crop=700:700:600:190 {folder}/face.png");
        await File.WriteAllTextAsync(Path.Combine(folder, "broken.jpg"), "no picture", TestContext.Current.CancellationToken);
        var (code, output, errors) = await RunAsync("evaluate", "--model", "face", "--data", Path.GetDirectoryName(folder)!, "--json");
        code.ShouldBe(0, errors);
        errors.ShouldContain("unreadable");
        var line = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
        (line.GetProperty("n").GetInt32(), line.GetProperty("accuracy").GetDouble(), line.GetProperty("unsure").GetDouble()).ShouldBe(
            (1, 1, 0)
        );
        line.GetProperty("per_class").GetProperty("bare").GetProperty("n").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task See_draws_a_picture_and_tells_its_votes()
    {
        var (picture, drawn) = (temporary.File("kitchen.png"), temporary.Folder());
        await Ffmpeg.RunAsync($"-ss 8 -i {Camera} -frames:v 1 {picture}");
        var (code, output, errors) = await RunAsync("see", picture, "--out", drawn);
        code.ShouldBe(0, errors);
        output.ShouldContain("bare");
        (await File.ReadAllBytesAsync(Path.Combine(drawn, "kitchen.jpg"), TestContext.Current.CancellationToken)).ShouldNotBe(
            await File.ReadAllBytesAsync(picture, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task See_draws_a_clip_that_plays()
    {
        var (clip, drawn) = (temporary.File("clip.ts"), temporary.Folder());
        await Ffmpeg.RunAsync($"-ss 6 -t 2 -i {Camera} -c copy {clip}");
        var (code, _, errors) = await RunAsync("see", clip, "--out", drawn);
        code.ShouldBe(0, errors);
        (await Ffmpeg.ProbeAsync($"-count_frames -show_entries stream=nb_read_frames -of csv=p=0 {Path.Combine(drawn, "clip.mp4")}"))
            .Trim()
            .ShouldBeOneOf("18", "19", "20", "21", "22");
    }

    [Theory]
    [InlineData("see", "nothing.jpg", "'nothing.jpg' does not exist")]
    [InlineData("see", "--colour", "There is no option --colour")]
    [InlineData("evaluate", "--model", "needs a value")]
    [InlineData("teach", "--zone", "needs a value")]
    public async Task What_cannot_be_done_says_what_to_do(string tool, string argument, string said)
    {
        var (code, _, errors) = await RunAsync(tool, argument);
        code.ShouldBe(2);
        errors.ShouldContain(said);
        errors.ShouldNotContain("   at ", Case.Sensitive, "a stack trace helps nobody");
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var cancel = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet", [Repository.Program("EdgeAgent"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["BRIGHTKITCHEN_MODELS"] = Repository.Models;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(120), cancel);
        return (process.ExitCode, await output, await errors);
    }
}
