using System.Text.Json.Nodes;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>The wall of cameras and playback, as people at a desk use them, and what happens to them when something is away.</summary>
public sealed class LivePageTests(RunningKitchen running)
{
    private const string First = "[data-live]";
    private const string Video = First + " video";
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_small_tile_is_blurred_and_an_enlarged_one_is_clear_with_what_the_models_see_drawn_over_it()
    {
        var page = await OpenAsync("/live?across=4");
        await ShowsAsync(page, "public");
        (await page.EvaluateAsync<int>($"() => document.querySelector('{Video}').videoWidth")).ShouldBeLessThanOrEqualTo(640);
        await page.ClickAsync("[data-enlarge]");
        await ShowsAsync(page, "clear");
        (await page.EvaluateAsync<int>($"() => document.querySelector('{Video}').videoWidth")).ShouldBe(1920);
        await page.WaitForSelectorAsync(First + " .boxes rect.amiss", new() { State = WaitForSelectorState.Attached, Timeout = 60_000 });
        var drawn = (await page.TextContentAsync(First + " .boxes")).ShouldNotBeNull();
        new[] { "head", "face", "hand" }.ShouldContain(part => drawn.Contains(Copy.Of($"seen.{part}.bare"), StringComparison.Ordinal));
        await page.ScreenshotAsync(new() { Path = Shot("live-wall-desktop") });
        // What is out of sight costs nothing: the tile stops when the page scrolls away from it.
        await page.EvaluateAsync(
            "() => { document.documentElement.style.overflowAnchor = 'none'; document.body.style.paddingTop = "
                + "'6000px'; scrollTo(0, 0); }"
        );
        var stopped = 0.0;
        await RunningKitchen.UntilAsync(
            async () =>
            {
                var (before, now) = (stopped, await Pictures.ClockAsync(page, Video));
                stopped = now;
                return before == now;
            },
            Minute,
            "an invisible tile stops"
        );
        await RunningKitchen.CloseAsync(page);
    }

    [Fact]
    public async Task A_browser_that_cannot_play_the_cameras_codec_gets_the_small_picture_and_is_told_so()
    {
        var page = await running.SignInAsync(
            "manager",
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        // Chromium plays all that the demo's cameras give: what it says of the camera's own codec stands for a browser without H.265.
        await page.AddInitScriptAsync(
            "const can = MediaSource.isTypeSupported; MediaSource.isTypeSupported = (type) => "
                + "!document.querySelector('[data-live]:not(.re-encoded)') && can.call(MediaSource, type);"
        );
        await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/live?across=1").ToString());
        await page.EvaluateAsync("() => [...document.querySelectorAll('[data-live]')].slice(1).forEach((f) => f.remove())");
        await ShowsAsync(page, "public");
        (await page.Locator(First + " .re-encoded-note").IsVisibleAsync()).ShouldBeTrue();
        await RunningKitchen.CloseAsync(page);
    }

    [Fact]
    public async Task At_the_inspectors_desk_clips_loop_with_what_the_models_saw_and_a_key_decides_and_takes_back()
    {
        var page = await running.SignInAsync(
            "inspector",
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        await page.AddInitScriptAsync(
            "window.EventSource = class extends EventSource { constructor(address) { super(address); window.feed = this; } }"
        );
        await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/desk").ToString());
        const string stage = "#desk-stage";
        // Somebody without a mask is in one of the first clips; the way there is by keyboard.
        await RunningKitchen.UntilAsync(
            async () =>
            {
                if (await page.Locator(stage + " .boxes rect.amiss").CountAsync() > 0)
                    return true;
                if (await Pictures.ClockAsync(page, stage + " video") is 0 or > 5)
                {
                    if (
                        await page.EvaluateAsync<bool>(
                            "() => document.querySelector('#desk-list li:last-child')?.classList.contains('active') ?? true"
                        )
                    )
                        await page.ReloadAsync();
                    else
                        await page.Keyboard.PressAsync("ArrowDown");
                }

                return false;
            },
            TimeSpan.FromSeconds(120),
            "a clip with a box drawn over it"
        );
        await page.ScreenshotAsync(new() { Path = Shot("desk-desktop") });
        const string open = "#desk-facts a[href^='/findings/']:last-of-type";
        var shown = await page.GetAttributeAsync(open, "href");
        (await DecideAsync(page)).ShouldBe(1);
        (await page.GetAttributeAsync("#desk-told", "data-state")).ShouldBe("confirm");
        await page.Keyboard.PressAsync("u");
        await page.WaitForSelectorAsync("#desk-told[data-state=undone]");
        (await page.GetAttributeAsync(open, "href")).ShouldBe(shown, "what was taken back is shown again");

        // A decision is held on its way: what the server tells meanwhile still has it, the page does not.
        var held = new TaskCompletionSource();
        await page.RouteAsync("**/desk/decisions", async route =>
        {
            await held.Task;
            await route.ContinueAsync();
        });
        (await DecideAsync(page)).ShouldBe(1);
        const string feed = "() => feed.dispatchEvent(new Event('finding'))";
        var told = await page.RunAndWaitForResponseAsync(
            () => page.EvaluateAsync(feed),
            r => r.Url.EndsWith("/desk/queue", StringComparison.Ordinal)
        );
        var waiting = (await told.JsonAsync())!.Value.GetProperty("waiting").GetInt32();
        await page.WaitForFunctionAsync("n => document.getElementById('desk-count').textContent === String(n)", waiting - 1);
        held.SetResult();

        // One more of what is shown: it is told beside the picture too, as one key decides them all, and stays when another key decides
        // one.
        await page.RouteAsync("**/desk/queue", async route =>
        {
            var queue = JsonNode.Parse(await (await route.FetchAsync()).TextAsync())!;
            foreach (var item in queue["items"]!.AsArray())
                item!["like"]!.AsArray().Insert(0, new JsonObject { ["id"] = "another", ["openedLocal"] = "01-02 03:04:05" });
            await route.FulfillAsync(new() { Json = queue });
        });
        await page.EvaluateAsync(feed);
        await page.WaitForSelectorAsync("#desk-facts .likes:has-text('01-02 03:04:05')");
        // Looked at in the same moment: what the server tells afterwards has them anyway, as long as the decision is held.
        held = new();
        (
            await page.EvaluateAsync<string>(
                "() => { document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true "
                    + "})); return document.querySelector('#desk-list .active').textContent; }"
            )
        ).ShouldStartWith("03:04");
        await page.Keyboard.PressAsync("k");
        await page.WaitForSelectorAsync("#desk-why[open]");
        await page.Keyboard.PressAsync("Escape");
        held.SetResult();
        await page.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
        await RunningKitchen.CloseAsync(page);
    }

    // How many fewer wait at once; between two questions new findings come.
    private static Task<int> DecideAsync(IPage page) =>
        page.EvaluateAsync<int>(
            """
            () => {
              const count = () => Number(document.getElementById("desk-count").textContent), before = count();
              document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
              return before - count();
            }
            """
        );

    [Fact]
    public async Task What_was_recorded_plays_by_time_faster_frame_by_frame_and_as_a_file()
    {
        var page = await OpenAsync("/live?across=4");
        await page.GotoAsync(
            new Uri(running.Kitchen.ServerAddress, await page.GetAttributeAsync("a[href^='/playback/']", "href")).ToString()
        );
        const string video = ".playback video";
        // A kitchen that has only begun has recorded little: come back when it has some.
        await RunningKitchen.UntilAsync(
            async () =>
            {
                if (await page.Locator("#day-line .recorded").CountAsync() > 0 && await Pictures.ClockAsync(page, video) > 2)
                    return true;
                if (await page.Locator("#day-line .recorded").CountAsync() == 0)
                    await page.ReloadAsync();
                return false;
            },
            Minute,
            "it plays"
        );
        (await Pictures.LightAsync(page, video)).Deviation.ShouldBeGreaterThan(5, "a picture and no blank");
        (await page.TextContentAsync("#at"))!.ShouldMatch(@"^\d\d:\d\d:\d\d$");

        await page.ClickAsync("#play");
        var still = await Pictures.ClockAsync(page, video);
        await page.ClickAsync("#step");
        await RunningKitchen.UntilAsync(
            async () => await Pictures.ClockAsync(page, video) is var at && at > still && at < still + 0.5,
            Minute,
            "one frame on"
        );
        await page.ClickAsync("#step-back");
        await page.SelectOptionAsync("#speed", "8");
        (await page.EvaluateAsync<double>($"() => document.querySelector('{video}').playbackRate")).ShouldBe(8);
        await page.SelectOptionAsync("#speed", "1");

        var line = (await page.Locator("#near-line").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync((line.X + (line.Width / 2)), line.Y + 10);
        await RunningKitchen.UntilAsync(
            async () => await page.EvaluateAsync<int>("() => document.querySelector('.peek video').videoWidth") > 0,
            Minute,
            "a still under the pointer"
        );
        await page.ScreenshotAsync(new() { Path = Shot("playback-desktop") });

        var answer = await page.EvaluateAsync<string>(
            """
            async () => {
              const at = document.querySelector("[data-playback]").dataset.playback, to = new Date(Date.now() - 2000), from = new Date(to - 5000);
              const answer = await fetch(`${at}/span?from=${from.toISOString()}&to=${to.toISOString()}&download=true`);
              return `${answer.status} ${answer.headers.get("content-disposition")} ${(await answer.arrayBuffer()).byteLength > 10000}`;
            }
            """
        );
        answer.ShouldMatch(@"^200 attachment; filename=""?line-\d{8}-\d{6}\.mp4""? true$");
        await page.SetViewportSizeAsync(390, 844);
        (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(390);
        await page.ScreenshotAsync(new() { Path = Shot("playback-phone"), FullPage = true });
        await RunningKitchen.CloseAsync(page);
    }

    [Fact]
    public async Task The_picture_comes_back_by_itself_after_the_server_the_box_or_the_camera_was_away()
    {
        var page = await OpenAsync("/live?across=1");
        await ShowsAsync(page, "clear");
        foreach (
            var (what, stop, start) in new (string, Func<ValueTask>, Func<Task>)[]
            {
                ("server", running.Kitchen.Server!.DisposeAsync, () => running.Kitchen.StartServerAsync(Cancel)),
                ("box", running.Kitchen.Box!.DisposeAsync, () => running.Kitchen.StartBoxAsync(Cancel)),
                ("cameras", running.Kitchen.Cameras!.DisposeAsync, () => running.Kitchen.StartCamerasAsync(Cancel)),
            }
        )
        {
            await stop();
            await page.WaitForSelectorAsync(First + ":not(.playing) .live-note", new() { Timeout = 60_000 });
            (await page.TextContentAsync(First + " .live-note"))!
                .Trim()
                .ShouldNotBeEmpty($"it says what is going on while the {what} is away");
            await start();
            await RunningKitchen.UntilAsync(() => PlayingAsync(page), Minute, $"it plays again after the {what} came back");
        }

        await RunningKitchen.CloseAsync(page);
    }

    [Fact]
    public async Task On_a_line_that_is_too_slow_it_says_so_stays_at_the_live_edge_and_is_there_at_once_when_the_line_is_good_again()
    {
        var page = await OpenAsync("/live?across=1");
        await ShowsAsync(page, "clear");
        var tools = await page.Context.NewCDPSessionAsync(page);
        await tools.SendAsync("Network.enable");
        await ThrottleAsync(300_000 / 8);
        await page.WaitForSelectorAsync($"{First}.slow, {First}[data-shows=public]", new() { Timeout = 60_000 });
        await ThrottleAsync(-1);
        var since = TimeProvider.System.GetTimestamp();
        await RunningKitchen.UntilAsync(
            async () =>
                await PlayingAsync(page)
                && await page.EvaluateAsync<bool>(
                    $$"""() => { const f = document.querySelector("{{First}}"), v = f.querySelector("video"); return Number(f.dataset.behind) <= 2 && v.buffered.length > 0 && v.buffered.end(v.buffered.length - 1) - v.currentTime < 4; }"""
                ),
            TimeSpan.FromSeconds(20),
            "it is at the live edge"
        );
        TimeProvider.System.GetElapsedTime(since).ShouldBeLessThan(TimeSpan.FromSeconds(12), "ten seconds, and what a look takes");
        await RunningKitchen.CloseAsync(page);

        Task ThrottleAsync(int bytesPerSecond) =>
            tools.SendAsync(
                "Network.emulateNetworkConditions",
                new Dictionary<string, object>
                {
                    ["offline"] = false,
                    ["latency"] = 20,
                    ["downloadThroughput"] = bytesPerSecond,
                    ["uploadThroughput"] = -1,
                }
            );
    }

    private static string Shot(string name) => Path.Combine(Repository.Root, "artifacts", "pages", name + ".png");

    private async Task<IPage> OpenAsync(string path)
    {
        var page = await running.SignInAsync(
            "manager",
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, path).ToString());
        return page;
    }

    private static Task ShowsAsync(IPage page, string rendition) =>
        RunningKitchen.UntilAsync(
            async () => await page.GetAttributeAsync(First, "data-shows") == rendition && await PlayingAsync(page),
            Minute,
            $"the {rendition} picture plays"
        );

    private static async Task<bool> PlayingAsync(IPage page)
    {
        if (await page.Locator(First + ".playing").CountAsync() == 0)
            return false;
        var before = await Pictures.ClockAsync(page, Video);
        await Task.Delay(700, Cancel);
        return await Pictures.ClockAsync(page, Video) is var now && now != before && now > 0;
    }
}
