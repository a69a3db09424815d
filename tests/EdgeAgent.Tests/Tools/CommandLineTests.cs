using System.Diagnostics;
using BrightKitchen.EdgeAgent.Tools;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EdgeAgent.Tests.Tools;

/// <summary>Whoever mistypes gets an answer, not a service on default settings.</summary>
public sealed class CommandLineTests(Temporary temporary)
{
    [Theory]
    [InlineData("no command 'docter'", "docter", "--settings", "box.json")]
    [InlineData("no command 'doctor'", "--settings", "box.json", "doctor")]
    [InlineData("no command 'box.json'", "box.json")]
    [InlineData("no option 'setings'", "--setings", "box.json")]
    [InlineData("no option 'setings'", "--setings=box.json")]
    [InlineData("'settings' needs a value", "--settings")]
    [InlineData("no option 'Bax:Data'", "--Bax:Data", "x")]
    public void What_is_mistyped_is_named(string mistake, params string[] args) =>
        Tool.Mistyped(args).ShouldNotBeNull().ShouldContain(mistake);

    [Theory]
    [InlineData]
    [InlineData("--urls", "http://127.0.0.1:0", "--settings", "box.json")]
    [InlineData("--Box:Data", "x", "--Serilog:MinimumLevel=Debug", "--settings=/etc/box.json")]
    [InlineData("/settings", "box.json")]
    [InlineData("Box:Data=x")]
    public void What_the_service_takes_is_no_mistake(params string[] args) => Tool.Mistyped(args).ShouldBeNull();

    [Fact]
    public async Task A_mistyped_command_ends_with_2_and_names_the_commands()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", [Repository.Program("EdgeAgent"), "docter"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = temporary.Folder(),
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync(cancel);
        try
        {
            await process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(30), cancel);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        process.ExitCode.ShouldBe(2);
        (await errors).ShouldContain("doctor");
    }
}
