using System.Runtime.Versioning;
using BrightKitchen.Benchmarks;

[assembly: SupportedOSPlatform("linux")]

// bench [NAME…] [--minutes N] [--json]: each bench measures a part beside its peer in the same run.
var minutes =
    args.SkipWhile(a => a != "--minutes").Skip(1).FirstOrDefault() is { } told && int.TryParse(told, out var given) && given > 0
        ? given
        : (int?)null;
var benches = new Dictionary<string, Func<Action<string>, Task<IReadOnlyList<Figure>>>>
{
    ["edge"] = EdgeBench.OneAsync,
    ["edge16"] = EdgeBench.SixteenAsync,
    ["vision"] = VisionBench.RunAsync,
    ["store"] = StoreBench.RunAsync,
    ["server"] = ServerBench.RunAsync,
    ["web"] = WebBench.RunAsync,
    ["live"] = LiveBench.RunAsync,
    ["relay"] = RelayBench.RunAsync,
    ["queries"] = QueryBench.RunAsync,
    ["drain"] = DrainBench.RunAsync,
    ["kill9"] = KillBench.RunAsync,
    ["fuzz"] = FuzzBench.RunAsync,
    ["kiosk"] = KioskBench.TouchAsync,
    ["lobby"] = say => KioskBench.LongAsync(say, minutes ?? 120),
    ["watch"] = say => WatchBench.RunAsync(say, minutes ?? 120),
    ["blur"] = say => BlurBench.RunAsync(say, minutes ?? 10),
    ["soak"] = say => SoakBench.RunAsync(say, minutes ?? 60),
};
string[] onlyByName = ["soak", "kill9", "fuzz", "queries", "drain", "relay", "blur", "watch", "lobby"];
var json = args.Contains("--json");
var names = args.Where((a, i) => !a.StartsWith('-') && (i == 0 || args[i - 1] != "--minutes")).ToList();
if (names.Find(n => !benches.ContainsKey(n)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"bench: there is no '{unknown}'; there are {string.Join(", ", benches.Keys)}.");
    return 2;
}

foreach (var (name, bench) in benches.Where(b => names.Count == 0 ? !onlyByName.Contains(b.Key) : names.Contains(b.Key)))
{
    foreach (var figure in await bench(line => Console.Error.WriteLine($"  {name}: {line}")))
        Console.WriteLine(json ? figure.Json : figure.ToString());
}

return 0;
