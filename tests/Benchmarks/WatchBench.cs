using BrightKitchen.Demo;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// A page that watches for hours: whether the box, the server and the page keep their memory, and how far the picture drifts from the live
/// edge.
/// </summary>
internal static class WatchBench
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say, int minutes)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            await using var cameras = await CameraServer.StartAsync(
                Path.Combine(folder, "clock"),
                [new("/clock", Path.Combine(Repository.Pictures, "line-sub.ts")) { Graph = LiveBench.Clock }]
            );
            await using var kitchen = await DemoKitchen.StartAsync(
                Path.Combine(folder, "kitchen"),
                new(),
                box => LiveBench.Watch(box, cameras.Url("/clock")),
                say,
                CancellationToken.None
            );
            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"] }
            );
            var pages = new[]
            {
                (Name: "clear", Page: await LiveBench.SignInAsync(browser, kitchen, "manager"), Path: "/live?across=1"),
                (Name: "public", Page: await LiveBench.SignInAsync(browser, kitchen, "parent"), Path: "/school"),
            };
            foreach (var (_, page, path) in pages)
                await LiveBench.FirstAsync(page, new Uri(kitchen.ServerAddress, path).ToString());
            say($"{WarmUp.TotalMinutes:0} min of warming up, then {minutes} min, a look every {Every.TotalSeconds:0} s …");
            await Task.Delay(WarmUp);
            var samples = new List<Sample>();
            for (
                var since = TimeProvider.System.GetTimestamp();
                TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromMinutes(minutes);
                await Task.Delay(Every)
            )
            {
                samples.Add(await LookAsync(kitchen, pages.Select(p => p.Page).ToList()));
                if (samples.Count % 20 == 1)
                    say(
                        $"behind {string.Join(" and ", samples[^1].Delays.Select(d => $"{d:0} ms"))}, of which in the pages' buffers "
                            + $"{string.Join(" and ", samples[^1].Buffered.Select(b => $"{b:0} ms"))}"
                    );
            }

            var (first, last) = (
                Middle(samples.Take(Math.Max(1, samples.Count / 5))),
                Middle(samples.TakeLast(Math.Max(1, samples.Count / 5)))
            );
            return
            [
                new(
                    "watch.box_memory",
                    last.Box / first.Box,
                    "x",
                    $"the last fifth's median beside the first's; {last.Box / 1e6:0} MB",
                    samples.Count
                ),
                new("watch.server_memory", last.Server / first.Server, "x", $"{last.Server / 1e6:0} MB", samples.Count),
                new(
                    "watch.page_memory",
                    last.Heap / first.Heap,
                    "x",
                    $"the scripts' heap of both pages after collection; {last.Heap / 1e6:0.0} MB",
                    samples.Count
                ),
                new(
                    "watch.clear_drift_ms",
                    last.Delays[0] - first.Delays[0],
                    "ms",
                    $"the limit is 1000; behind at the end {last.Delays[0]:0} ms, at most {samples.Max(s => s.Delays[0]):0}",
                    samples.Count
                ),
                new(
                    "watch.public_drift_ms",
                    last.Delays[1] - first.Delays[1],
                    "ms",
                    $"the limit is 1000; behind at the end {last.Delays[1]:0} ms, at most {samples.Max(s => s.Delays[1]):0}",
                    samples.Count
                ),
                new(
                    "watch.stalls",
                    samples.Count(s => s.Delays.Any(double.IsNaN)),
                    "looks",
                    $"at which a page had shown no new picture for {Every.TotalSeconds:0} s; 0 is the goal",
                    samples.Count
                ),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    // Medians; what a page had not shown counts for nothing here and is counted as a stall.
    private static Sample Middle(IEnumerable<Sample> some)
    {
        var all = some.ToList();
        double Of(Func<Sample, double> what) =>
            all.Select(what)
                .Where(v => !double.IsNaN(v))
                .Order()
                .DefaultIfEmpty(double.NaN)
                .ElementAt(all.Select(what).Count(v => !double.IsNaN(v)) / 2);
        return new(
            Of(s => s.Box),
            Of(s => s.Server),
            Of(s => s.Heap),
            [Of(s => s.Delays[0]), Of(s => s.Delays[1])],
            [Of(s => s.Buffered[0]), Of(s => s.Buffered[1])]
        );
    }

    private static async Task<Sample> LookAsync(DemoKitchen kitchen, List<IPage> pages)
    {
        var (delays, buffered, heap) = (new List<double>(), new List<double>(), 0.0);
        foreach (var page in pages)
        {
            var seen = await page.EvaluateAsync<double[]>("() => { const d = window.delays; window.delays = []; return d; }");
            delays.Add(seen.Length == 0 ? double.NaN : seen.Order().ElementAt(seen.Length / 2));
            buffered.Add(
                await page.EvaluateAsync<double>(
                    "() => { const v = document.querySelector('[data-live] video'); return "
                        + "v.buffered.length ? (v.buffered.end(v.buffered.length - 1) - v.currentTime) * 1000 : NaN; }"
                )
            );
            heap += await HeapOfAsync(page);
        }

        return new(ResidentOf(kitchen.Box!.Id), ResidentOf(kitchen.Server!.Child.Id), heap, delays, buffered);
    }

    /// <summary>What a page's scripts hold after a collection, bytes.</summary>
    public static async Task<double> HeapOfAsync(IPage page)
    {
        var tools = await page.Context.NewCDPSessionAsync(page);
        await tools.SendAsync("HeapProfiler.collectGarbage");
        var used = await tools.SendAsync("Runtime.getHeapUsage");
        await tools.DetachAsync();
        return used!.Value.GetProperty("usedSize").GetDouble();
    }

    /// <summary>A process's resident memory, bytes.</summary>
    public static double ResidentOf(int process) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status")
                .First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            System.Globalization.CultureInfo.InvariantCulture
        ) * 1024;

    /// <param name="Delays">Behind the camera's clock, of each page, ms.</param>
    /// <param name="Buffered">How much of that lies in each page's buffer, ms: the rest is on the way.</param>
    private sealed record Sample(double Box, double Server, double Heap, IReadOnlyList<double> Delays, IReadOnlyList<double> Buffered);
}
