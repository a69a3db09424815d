using System.Diagnostics;
using System.Text.RegularExpressions;
using BrightKitchen.Fixtures;

namespace BrightKitchen.Benchmarks;

/// <summary>The suite's own tests of spoilt inputs and damaged databases with forty times as many: about 800,000 inputs.</summary>
internal static partial class FuzzBench
{
    private const int Times = 40;

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var tests = Path.Combine(
            Repository.Root,
            "tests",
            "EdgeAgent.Tests",
            "bin",
            new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
            "net10.0",
            "EdgeAgent.Tests.dll"
        );
        var start = new ProcessStartInfo("dotnet", [tests, "-noColor", "-noLogo", "-class", "*.FuzzTests", "-class", "*.DamageTests"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["BRIGHTKITCHEN_FUZZ"] = $"{Times}";
        using var run = Process.Start(start)!;
        var total = (Match?)null;
        while (await run.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("[FAIL]", StringComparison.Ordinal))
                say(line.Trim());
            total = Total().Match(line) is { Success: true } match ? match : total;
        }

        await run.WaitForExitAsync();
        var failed = total is null ? 1 : int.Parse(total.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture);
        return
        [
            new(
                "fuzz.failed",
                failed,
                "tests",
                $"with {Times} times the suite's spoilt inputs and damaged databases; the goal is 0",
                total is null ? 0 : int.Parse(total.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)
            ),
        ];
    }

    [GeneratedRegex("Total: ([0-9]+), Errors: [0-9]+, Failed: ([0-9]+)")]
    private static partial Regex Total();
}
