using BrightKitchen.Fixtures;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

namespace BrightKitchen.Architecture.Tests;

/// <summary>Lines that fit beside each other on a screen.</summary>
public sealed class LineTests
{
    private const int Longest = 140;
    private static readonly string[] Folders =
    [
        "CentralServer",
        "Contracts",
        "EdgeAgent",
        "KioskUI",
        "Sealing",
        "VisionModels",
        "WebComponents",
        "tests",
    ];

    [Fact]
    public void No_line_of_code_is_longer_than_140_columns() =>
        Folders
            .SelectMany(f => Directory.EnumerateFiles(Path.Combine(Repository.Root, f), "*", SearchOption.AllDirectories))
            .Where(f => Path.GetExtension(f) is ".cs" or ".razor" or ".css" or ".js")
            .Where(f =>
                !Path.GetRelativePath(Repository.Root, f)
                    .Split('/')
                    .Any(p => p is "bin" or "obj" || p.EndsWith("Migrations", StringComparison.Ordinal))
            )
            .SelectMany(TooLong)
            .ShouldBeEmpty();

    // A test's data, scripts and statements between quotation marks are left as they are sent.
    // A regular expression of JavaScript cannot continue on another line.
    private static IEnumerable<string> TooLong(string file)
    {
        var isTest = Path.GetRelativePath(Repository.Root, file).StartsWith("tests", StringComparison.Ordinal);
        var isScript = Path.GetExtension(file) is ".js";
        var isRaw = false;
        foreach (var (number, line) in File.ReadLines(file).Index())
        {
            var marks = line.Split("\"\"\"").Length - 1;
            var isData = isTest && (isRaw || marks > 0 || line.TrimStart(' ', '+', '$', '@').StartsWith('"'));
            var isPattern = isScript && line.TrimStart() is ['/', not ('/' or '*'), ..];
            isRaw ^= marks % 2 == 1;
            if (line.Length > Longest && !isData && !isPattern)
                yield return $"{Path.GetRelativePath(Repository.Root, file)}:{number + 1} has {line.Length} columns";
        }
    }
}
