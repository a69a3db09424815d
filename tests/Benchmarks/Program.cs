using System.Runtime.Versioning;
using BrightKitchen.Benchmarks;

[assembly: SupportedOSPlatform("linux")]

// bench [NAME…] [--json]: each bench measures a part beside its peer in the same run.
var benches = new Dictionary<string, Func<Action<string>, Task<IReadOnlyList<Figure>>>>
{
    ["edge"] = EdgeBench.OneAsync,
    ["edge16"] = EdgeBench.SixteenAsync,
    ["vision"] = VisionBench.RunAsync,
};
var json = args.Contains("--json");
var names = args.Where(a => !a.StartsWith('-')).ToList();
if (names.Find(n => !benches.ContainsKey(n)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"bench: there is no '{unknown}'; there are {string.Join(", ", benches.Keys)}.");
    return 2;
}

foreach (var (name, bench) in benches.Where(b => names.Count == 0 || names.Contains(b.Key)))
{
    foreach (var figure in await bench(line => Console.Error.WriteLine($"  {name}: {line}")))
        Console.WriteLine(json ? figure.Json : figure.ToString());
}

return 0;
