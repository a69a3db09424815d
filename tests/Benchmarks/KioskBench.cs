using BrightKitchen.Demo;
using Microsoft.Playwright;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// The lobby's screen in a real browser: how long from a touch to the picture that answers it, and whether it keeps its memory over hours.
/// </summary>
internal static class KioskBench
{
    private const int Rounds = 25;
    private const string Pin = "246810";
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    // From the moment the touch happened, as the browser dates it, to the frame after the page changed.
    private const string Watch = """
        () => {
          window.touches = [];
          let began = null;
          document.addEventListener("pointerdown", (e) => (began = e.timeStamp), true);
          const answered = () => {
            if (began === null) return;
            const from = began;
            began = null;
            requestAnimationFrame(() => window.touches.push(performance.now() - from));
          };
          new MutationObserver(answered).observe(document.getElementById("staff"), { childList: true, subtree: true, attributes: true, characterData: true });
          document.addEventListener("change", answered, true);
          document.addEventListener("click", (e) => e.target.closest("[data-step]") && answered(), false);
        }
        """;

    public static async Task<IReadOnlyList<Figure>> TouchAsync(Action<string> say)
    {
        await using var lobby = await Lobby.StartAsync(say);
        var page = lobby.Page;
        await page.EvaluateAsync(Watch);
        for (var round = 0; round < Rounds; round++)
        {
            await lobby.EnterAsync();
            foreach (
                var tap in new[]
                {
                    "[data-go=records]",
                    "[data-go='records/disinfection']",
                    "label:has([value=chlorine])",
                    "[data-step='5']",
                    ".go",
                    ".done .go",
                    "[data-go=alerts]",
                    "[data-go=home]",
                    "[data-go=records]",
                    "[data-go='records/waste']",
                    "[data-step='5']",
                    ".go",
                    "[data-leave]",
                }
            )
            {
                await page.ClickAsync(tap);
                // The next one is asked for only once this one is there; Playwright waits for it by itself.
                await page.WaitForTimeoutAsync(120);
            }
        }

        var times = (await page.EvaluateAsync<double[]>("() => window.touches")).Order().ToList();
        say($"p50 {times[times.Count / 2]:0} ms, p99 {times[(int)(times.Count * 0.99)]:0} ms");
        return
        [
            new(
                "kiosk.touch_p95_ms",
                times[(int)(times.Count * 0.95)],
                "ms",
                "the limit is 100; from the touch to the frame that answers it, also where an entry goes to disk first",
                times.Count
            ),
        ];
    }

    public static async Task<IReadOnlyList<Figure>> LongAsync(Action<string> say, int minutes)
    {
        await using var lobby = await Lobby.StartAsync(say);
        say(
            $"{WarmUp.TotalMinutes:0} min of warming up, then {minutes} min, a look and somebody of the staff every "
                + $"{Every.TotalSeconds:0} s …"
        );
        var samples = new List<(double Kiosk, double Heap, bool Plays)>();
        for (
            var since = TimeProvider.System.GetTimestamp();
            TimeProvider.System.GetElapsedTime(since) < WarmUp + TimeSpan.FromMinutes(minutes);
            await Task.Delay(Every)
        )
        {
            await lobby.EnterAsync();
            await lobby.Page.ClickAsync("[data-go=records]");
            await lobby.Page.ClickAsync("[data-go='records/temperature']");
            await lobby.Page.ClickAsync(".go");
            await lobby.Page.ClickAsync(".done .go");
            await lobby.Page.ClickAsync("[data-leave]");
            var clock = await lobby.ClockAsync();
            await Task.Delay(TimeSpan.FromSeconds(3));
            if (TimeProvider.System.GetElapsedTime(since) > WarmUp)
                samples.Add(
                    (
                        WatchBench.ResidentOf(lobby.Kitchen.Kiosk!.Id),
                        await WatchBench.HeapOfAsync(lobby.Page),
                        await lobby.ClockAsync() > clock
                    )
                );
        }

        double Middle(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
        var fifth = Math.Max(1, samples.Count / 5);
        var (first, last) = (samples.Take(fifth).ToList(), samples.TakeLast(fifth).ToList());
        return
        [
            new(
                "lobby.kiosk_memory",
                Middle(last.Select(s => s.Kiosk)) / Middle(first.Select(s => s.Kiosk)),
                "x",
                $"the last fifth's median beside the first's; {Middle(last.Select(s => s.Kiosk)) / 1e6:0} MB",
                samples.Count
            ),
            new(
                "lobby.page_memory",
                Middle(last.Select(s => s.Heap)) / Middle(first.Select(s => s.Heap)),
                "x",
                $"the scripts' heap after collection; {Middle(last.Select(s => s.Heap)) / 1e6:0.0} MB",
                samples.Count
            ),
            new(
                "lobby.stalls",
                samples.Count(s => !s.Plays),
                "looks",
                "at which the wall's picture stood still for 3 s; 0 is the goal",
                samples.Count
            ),
        ];
    }

    private sealed class Lobby(string folder, DemoKitchen kitchen, IPlaywright playwright, IBrowser browser, IPage page) : IAsyncDisposable
    {
        public DemoKitchen Kitchen => kitchen;

        public IPage Page => page;

        public static async Task<Lobby> StartAsync(Action<string> say)
        {
            var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
            var kitchen = await DemoKitchen.StartAsync(folder, new(), null, say, CancellationToken.None);
            var playwright = await Playwright.CreateAsync();
            var browser = await playwright.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = "/usr/bin/chromium",
                    Args =
                    [
                        "--no-sandbox",
                        "--autoplay-policy=no-user-gesture-required",
                        "--use-fake-ui-for-media-stream",
                        "--use-fake-device-for-media-stream",
                    ],
                }
            );
            var page = await browser.NewPageAsync(
                new()
                {
                    ViewportSize = new() { Width = 1920, Height = 1080 },
                }
            );
            await page.GotoAsync(kitchen.KioskAddress.ToString());
            await page.WaitForSelectorAsync("#day-side[data-meta=site]", new() { Timeout = 60_000 });
            return new(folder, kitchen, playwright, browser, page);
        }

        public async Task EnterAsync()
        {
            await page.ClickAsync("#staff-open");
            foreach (var digit in Pin)
                await page.ClickAsync($"[data-digit='{digit}']");
            await page.WaitForSelectorAsync(".cards");
        }

        /// <summary>How far the first tile's picture is, in seconds.</summary>
        public Task<double> ClockAsync() => page.EvaluateAsync<double>("() => document.querySelector('[data-live] video').currentTime");

        public async ValueTask DisposeAsync()
        {
            await browser.DisposeAsync();
            playwright.Dispose();
            await kitchen.DisposeAsync();
            Directory.Delete(folder, true);
        }
    }
}
