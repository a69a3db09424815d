using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>The lobby's screen before visitors and before staff, with a camera that shows a clip.</summary>
public sealed partial class KioskTests(RunningKitchen running)
{
    private const string Pin = "246810";
    private const string Name = "王秀英";
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);
    private static readonly string[] Sizes = ["1920x1080", "1080x1920"];
    private static readonly string[] Languages = ["zh-CN", "en"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Somebody_with_everything_on_passes_and_stands_on_the_wall_and_in_the_servers_records()
    {
        await using var browser = await running.BrowserBeforeAsync(await LobbyClips.SomebodyAsync(running, "hat", "mask", "gloves"));
        var page = await OpenAsync(browser, running.Kitchen.KioskAddress);
        await EnterAsync(page, Pin);
        await page.ClickAsync("[data-go=check]");
        var since = TimeProvider.System.GetTimestamp();
        await page.WaitForSelectorAsync("form[data-post=check]", new() { Timeout = (float)Minute.TotalMilliseconds });
        TestContext.Current.TestOutputHelper!.WriteLine($"all set after {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s");
        await page.ClickAsync("label:has([name=hands])");
        await page.ClickAsync(".go");
        await page.WaitForSelectorAsync(".done.well");
        await page.ClickAsync("[data-leave]");
        await RunningKitchen.UntilAsync(
            async () => (await page.InnerTextAsync(".duty")).Contains("秀英", StringComparison.Ordinal),
            Minute,
            "the given name stands on the wall"
        );
        (await page.InnerTextAsync(".duty")).ShouldNotContain(Name, Case.Sensitive, "a visitor learns the given name alone");
        await ShotAsync(page, "wall-duty");
        await AtTheServerAsync(
            text => text.Contains(Name, StringComparison.Ordinal) && text.Contains("36.5", StringComparison.Ordinal),
            "the morning check is a record"
        );
    }

    [Fact]
    public async Task Somebody_without_a_mask_is_told_so_and_kept_from_work_if_they_go_on()
    {
        await using var browser = await running.BrowserBeforeAsync(await LobbyClips.SomebodyAsync(running, "hat", "gloves"));
        var page = await OpenAsync(browser, running.Kitchen.KioskAddress);
        await EnterAsync(page, "135790");
        await page.ClickAsync("[data-go=check]");
        await page.WaitForSelectorAsync("[data-mark=mask][data-state=no]", new() { Timeout = (float)Minute.TotalMilliseconds });
        (await page.InnerTextAsync("[data-hint]")).ShouldBe(Copy.Of("check.mask.missing"));
        (await page.GetAttributeAsync("[data-mark=hat]", "data-state")).ShouldBe("yes");
        await ShotAsync(page, "check-no-mask");
        await page.ClickAsync("[data-later]", new() { Timeout = (float)Minute.TotalMilliseconds });
        await page.ClickAsync("label:has([name=hands])");
        await page.ClickAsync(".go");
        await page.WaitForSelectorAsync(".done.bad");
        await ShotAsync(page, "check-unfit");
        var manager = await running.SignInAsync("manager");
        await RunningKitchen.UntilAsync(
            async () =>
            {
                await manager.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/today").ToString());
                return await manager.Locator(".unfit", new() { HasText = "李建国" }).CountAsync() == 1;
            },
            Minute,
            "the manager is told"
        );
        await RunningKitchen.CloseAsync(manager);
    }

    [Fact]
    public async Task A_badge_before_the_camera_lets_in_and_an_idle_screen_goes_back_and_keeps_nothing()
    {
        var manager = await running.SignInAsync("manager");
        await manager.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/school").ToString());
        var site = (await manager.GetAttributeAsync("a[href^='/records/']", "href"))!.Split('/')[2];
        await manager.GotoAsync(new Uri(running.Kitchen.ServerAddress, $"/staff/{site}").ToString());
        await manager.ClickAsync("li:has-text('包玉兰') form:not(.form) button");
        var badge = (await manager.GetAttributeAsync(".given img", "src"))!;
        await RunningKitchen.CloseAsync(manager);
        await using var browser = await running.BrowserBeforeAsync(await LobbyClips.OfAsync(running, "badge", badge));
        var page = await OpenAsync(browser, running.Kitchen.KioskAddress);
        // The kiosk asks the server every ten seconds.
        await page.ClickAsync("#staff-open");
        await page.WaitForSelectorAsync(".cards", new() { Timeout = (float)Minute.TotalMilliseconds });
        (await page.InnerTextAsync(".staff-who")).ShouldBe("包玉兰");
        await page.WaitForSelectorAsync(
            "#staff[hidden]",
            new() { State = WaitForSelectorState.Attached, Timeout = (float)Minute.TotalMilliseconds }
        );
        (
            await page.EvaluateAsync<string>(
                """
                async () => JSON.stringify([document.getElementById("staff").innerHTML, localStorage.length, sessionStorage.length, document.cookie, (await caches.keys()).length, (await indexedDB.databases()).length, document.body.innerText.includes("包玉兰")])
                """
            )
        ).ShouldBe("""["",0,0,"",0,0,false]""");
    }

    [Fact]
    public async Task A_day_without_the_server_and_a_kiosk_that_is_killed_lose_nothing_and_double_nothing()
    {
        var kitchen = running.Kitchen;
        await using var browser = await running.BrowserBeforeAsync(await LobbyClips.SomebodyAsync(running, "hat", "mask", "gloves"));
        var page = await OpenAsync(browser, kitchen.KioskAddress);
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box finds something");
        await EnterAsync(page, Pin);
        // Other kiosks of the site, in other tests, tell records too.
        var (before, there, tableware) = (0, 0, Regex.Escape(Copy.Of("disinfect.tableware")));
        await AtTheServerAsync(text => (before = Regex.Count(text, tableware)) >= 0, "the records are listed");
        await RunningKitchen.UntilAsync(
            async () =>
            {
                await page.ClickAsync("[data-go=alerts]");
                await page.WaitForSelectorAsync(".staff-head [data-go=home]");
                var any = await page.Locator(".alert").CountAsync() > 0;
                await page.ClickAsync("[data-go=home]");
                await page.WaitForSelectorAsync(".cards");
                return any;
            },
            Minute,
            "the kitchen has an alert"
        );
        await kitchen.Server!.Child.KillAsync();
        await kitchen.Server.DisposeAsync();

        await page.ClickAsync("[data-go=alerts]");
        await page.WaitForSelectorAsync(".alert");
        var finding = (await page.GetAttributeAsync(".alert [data-clip]", "data-clip"))!;
        // The clip comes from the box and plays although the server is away.
        await page.ClickAsync(".alert [data-clip]");
        await page.WaitForFunctionAsync(
            "() => document.querySelector('.alert video')?.currentTime > 0.2",
            null,
            new() { Timeout = (float)Minute.TotalMilliseconds }
        );
        await ShotAsync(page, "alerts-offline");
        var reply = (await page.InnerTextAsync(".alert .reply")).Trim();
        await page.ClickAsync(".alert .reply");
        await page.WaitForSelectorAsync(".done.well");
        for (var i = 0; i < 2; i++)
        {
            await page.ClickAsync("[data-go=home]:last-of-type");
            await page.WaitForSelectorAsync(".cards");
            // Three taps.
            await page.ClickAsync("[data-go=records]");
            await page.ClickAsync("[data-go='records/disinfection']");
            await page.ClickAsync(".go");
            await page.WaitForSelectorAsync(".done.well");
        }

        await RunningKitchen.UntilAsync(
            async () => await page.Locator(".waiting").CountAsync() > 0 || await BackAndForthAsync(page),
            Minute,
            "the screen says that it is offline"
        );
        // Who may not work and cannot be reported learns whom to tell.
        await page.Locator("[data-go=home]").First.ClickAsync();
        await page.ClickAsync(".cards [data-go=check]");
        await page.WaitForSelectorAsync("form[data-post=check]", new() { Timeout = (float)Minute.TotalMilliseconds });
        await page.ClickAsync(".go");
        (await page.InnerTextAsync(".done.bad")).ShouldContain(Copy.Of("check.unfit-offline"));
        await kitchen.Kiosk!.KillAsync();
        await kitchen.Kiosk.DisposeAsync();
        await kitchen.StartKioskAsync(Cancel);
        // The page comes back by itself.
        await page.WaitForSelectorAsync("#day-side[data-meta=site]", new() { Timeout = (float)Minute.TotalMilliseconds });
        await EnterAsync(page, Pin);
        await page.ClickAsync("[data-go=records]");
        await page.WaitForSelectorAsync(".entered");
        (await page.Locator(".entered [data-standing=waits]").CountAsync()).ShouldBeGreaterThan(1, "both wait");
        await ShotAsync(page, "records-offline");

        await kitchen.StartServerAsync(Cancel);
        // Once the kiosk has nothing left to tell, nothing comes any more: as many are there as were entered.
        await RunningKitchen.UntilAsync(
            async () =>
            {
                await page.Locator("[data-go=home]").First.ClickAsync();
                await page.WaitForSelectorAsync("[data-go=alerts]");
                await page.ClickAsync("[data-go=records]");
                await page.WaitForSelectorAsync(".entered");
                return await page.Locator(".entered:not(:has([data-standing=waits]))").CountAsync() == 1;
            },
            Minute,
            "the kiosk has told everything"
        );
        await AtTheServerAsync(text => (there = Regex.Count(text, tableware)) > before, "the records are there");
        (there - before).ShouldBe(2);
        var manager = await running.SignInAsync("manager");
        await manager.GotoAsync(new Uri(kitchen.ServerAddress, $"/findings/{finding}").ToString());
        (await manager.Locator("main").InnerTextAsync()).Split(reply).Length.ShouldBe(2, "the answer is there once");
        await RunningKitchen.CloseAsync(manager);
    }

    [Fact]
    public async Task Killed_again_and_again_while_somebody_enters_records_it_loses_none_that_it_said_was_kept()
    {
        const int Kills = 8;
        var random = new Random(7);
        var (kept, asked) = (new List<string>(), 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var kiosk = await KioskAsync("killed");
            using var handler = new SocketsHttpHandler();
            using var client = new HttpClient(handler) { BaseAddress = kiosk.Address };
            await SignInAsync(client);
            // However slow the machine is: after some were kept, in the midst of one of the next.
            var (some, enough) = (
                kept.Count + random.Next(3, 12),
                new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
            );
            var death = Task.Run(
                async () =>
                {
                    await enough.Task.WaitAsync(Minute, Cancel);
                    await Task.Delay(random.Next(0, 50), Cancel);
                    await kiosk.Child.KillAsync();
                },
                Cancel
            );
            try
            {
                // The page of records that is read at the end lists five hundred.
                while (kept.Count < (kill + 1) * 50)
                {
                    var what = $"killed-{asked++:0000}";
                    using var form = new FormUrlEncodedContent([new("v.what", what), new("v.kilograms", "1")]);
                    using var answer = await client.PostAsync(new Uri("/staff/records/waste", UriKind.Relative), form, Cancel);
                    if ((await answer.Content.ReadAsStringAsync(Cancel)).Contains("done well", StringComparison.Ordinal))
                        kept.Add(what);
                    if (kept.Count >= some)
                        enough.TrySetResult();
                }
            }
            catch (HttpRequestException)
            {
                // It is dead.
            }

            await death;
        }

        kept.Count.ShouldBeGreaterThanOrEqualTo(Kills * 3);
        TestContext.Current.TestOutputHelper!.WriteLine($"{Kills} kills, {kept.Count} kept of {asked} asked for");
        await using var last = await KioskAsync("killed");
        List<string> missing = [],
            doubled = [];
        try
        {
            await AtTheServerAsync(
                text =>
                {
                    (missing, doubled) = (
                        kept.FindAll(k => !text.Contains(k, StringComparison.Ordinal)),
                        kept.FindAll(k => Regex.Count(text, k) > 1)
                    );
                    return missing.Count == 0;
                },
                "each is at the server"
            );
        }
        finally
        {
            TestContext.Current.TestOutputHelper!.WriteLine($"missing {string.Join(' ', missing)}; twice {string.Join(' ', doubled)}");
        }

        doubled.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lost_box_is_said_and_the_wall_plays_again_by_itself()
    {
        var page = await OpenAsync(running.Browser, running.Kitchen.KioskAddress);
        await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, "[data-live] video") > 0, Minute, "the wall plays");
        await RunningKitchen.UntilAsync(
            () =>
                page.EvaluateAsync<bool>(
                    "async () => { const side = document.getElementById('day-side'); await new Promise((r) => "
                        + "setTimeout(r, 7000)); return side.isConnected; }"
                ),
            Minute,
            "what has not changed is not put there anew"
        );
        await running.Kitchen.Box!.KillAsync();
        await running.Kitchen.Box.DisposeAsync();
        await RunningKitchen.UntilAsync(
            async () => await page.Locator(".side-head .state[data-state=lost]").CountAsync() == 1,
            Minute,
            "the screen says that the box is away"
        );
        (await page.InnerTextAsync(".side-head h1")).ShouldBe("第一小学食堂", "the rest stays");
        await ShotAsync(page, "wall-no-box");
        await running.Kitchen.StartBoxAsync(Cancel);
        await RunningKitchen.UntilAsync(
            async () =>
                await page.Locator("[data-live]").CountAsync() == 2
                && await page.EvaluateAsync<bool>(
                    "async () => { const v "
                        + "= document.querySelector('[data-live] video'); const t = v.currentTime; await new Promise((r) => "
                        + "setTimeout(r, 2000)); return v.currentTime > t; }"
                ),
            TimeSpan.FromSeconds(120),
            "the wall plays again"
        );
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_page_that_dies_in_its_browser_ends_the_screens_service_so_that_it_is_begun_anew()
    {
        await using var kiosk = await KioskAsync("screen");
        var folder = running.Folder("screen");
        await using var screen = Child.Start(
            Path.Combine(Repository.Root, "KioskUI", "Service", "bright-kitchen-screen"),
            "screen",
            Path.Combine(running.Folder("logs"), "screen.log"),
            [kiosk.Address.ToString().TrimEnd('/'), "--ozone-platform=headless", "--headless=new", "--no-sandbox"],
            ("RUNTIME_DIRECTORY", folder)
        );
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = kiosk.Address };
        await RunningKitchen.UntilAsync(
            async () =>
            {
                using var answer = await client.GetAsync(new Uri("/health/screen", UriKind.Relative), Cancel);
                return answer.IsSuccessStatusCode;
            },
            Minute,
            "the wall asks for the day"
        );
        foreach (
            var id in ProcessTree
                .Of(screen.Id)
                .Where(id => ProcessTree.CommandLine(id).Contains("--type=renderer", StringComparison.Ordinal))
        )
            Process.GetProcessById(id).Kill();
        await RunningKitchen.UntilAsync(() => Task.FromResult(!screen.Running), 2 * Minute, "the service ends");
        await RunningKitchen.UntilAsync(
            async () => (await File.ReadAllTextAsync(screen.LogFile, Cancel)).Contains("the wall is dead", StringComparison.Ordinal),
            Minute,
            "it says why"
        );
        Directory.GetFileSystemEntries(folder).ShouldBeEmpty("nothing of anybody stays");
    }

    [Fact]
    public async Task Ten_thousand_taps_neither_leave_the_kiosk_nor_raise_an_error()
    {
        await using var kiosk = await KioskAsync("monkey");
        await using var browser = await running.BrowserBeforeAsync(await LobbyClips.SomebodyAsync(running, "hat"));
        var page = await OpenAsync(browser, kiosk.Address);
        var said = new List<string>();
        page.PageError += (_, e) => said.Add("page error: " + e);
        page.Dialog += (_, d) => said.Add("dialog: " + d.Message);
        page.FileChooser += (_, _) => said.Add("file dialog");
        page.Popup += (_, p) => said.Add("popup: " + p.Url);
        page.Download += (_, d) => said.Add("download: " + d.Url);
        page.Console += (_, m) =>
        {
            // A wrong number is answered by a status; the browser notes each such answer.
            if (
                m.Type == "error"
                && !m.Text.Contains("403", StringComparison.Ordinal)
                && !m.Text.Contains("429", StringComparison.Ordinal)
                && !m.Text.Contains("401", StringComparison.Ordinal)
            )
                said.Add("console: " + m.Text);
        };
        var tools = await page.Context.NewCDPSessionAsync(page);
        var random = new Random(1);
        string[] keys = ["F1", "F5", "F11", "F12", "Escape", "Tab", "Enter", "Backspace", "a", "7", "Home"];
        List<Task> sent = [];
        for (var tap = 0; tap < 10_000; tap++)
        {
            // Now and then somebody who belongs here signs in, so that all pages are tapped on.
            if (tap % 1000 == 500)
                await TryEnterAsync(page);
            var (x, y) = (random.Next(1920), random.Next(1080));
            var button = random.Next(50) == 0 ? "right" : "left";
            foreach (var type in new[] { "mousePressed", "mouseReleased" })
                sent.Add(
                    tools.SendAsync(
                        "Input.dispatchMouseEvent",
                        new()
                        {
                            ["type"] = type,
                            ["x"] = x,
                            ["y"] = y,
                            ["button"] = button,
                            ["clickCount"] = 1,
                        }
                    )
                );
            // In order, and some at once: a round trip for each would be most of the time.
            if (tap % 10 == 9)
            {
                await Task.WhenAll(sent);
                sent.Clear();
            }

            if (tap % 40 == 0)
                await page.Keyboard.PressAsync(keys[random.Next(keys.Length)]);
        }

        said.ShouldBeEmpty();
        page.Context.Pages.ShouldHaveSingleItem();
        new Uri(page.Url).AbsolutePath.ShouldBe("/");
        File.ReadLines(kiosk.Log).Where(l => l.Contains("\"@l\":\"Error\"", StringComparison.Ordinal)).ShouldBeEmpty();
        // What the taps saved the server takes: an entry's copy stays until then, and for ever where it is refused.
        var waiting = Path.Combine(running.Folder("kiosk-monkey"), "waiting");
        await RunningKitchen.UntilAsync(
            () => Task.FromResult(!Directory.EnumerateFiles(waiting).Any()),
            Minute,
            "the server has taken everything that was saved"
        );
        File.ReadLines(kiosk.Log).Where(l => l.Contains("rejects entry", StringComparison.Ordinal)).ShouldBeEmpty();
        // And it is still a kiosk.
        await page.WaitForSelectorAsync(
            "#staff[hidden]",
            new() { State = WaitForSelectorState.Attached, Timeout = (float)Minute.TotalMilliseconds }
        );
        await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, "[data-live] video") > 0, Minute, "the wall plays");
    }

    [Fact]
    public async Task A_camera_of_the_box_sees_who_stands_before_it_and_a_revoked_kiosk_lets_nobody_in()
    {
        await using var kiosk = await KioskAsync("by-the-box", "--Check:Camera", "line");
        var page = await OpenAsync(running.Browser, kiosk.Address);
        await EnterAsync(page, Pin);
        await page.ClickAsync("[data-go=check]");
        await page.WaitForSelectorAsync("[data-mark=mask][data-state=no]", new() { Timeout = (float)Minute.TotalMilliseconds });
        (await page.EvaluateAsync<int>("() => document.querySelector('.camera img').naturalWidth")).ShouldBeGreaterThan(300);
        await ShotAsync(page, "check-by-box");
        var admin = await running.SignInAsync("admin");
        await admin.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/boxes").ToString());
        await admin.ClickAsync(".box:has-text('by-the-box') button");
        await RunningKitchen.CloseAsync(admin);
        await page.WaitForSelectorAsync(
            "#staff[hidden]",
            new() { State = WaitForSelectorState.Attached, Timeout = (float)Minute.TotalMilliseconds }
        );
        await page.ClickAsync("#staff-open");
        await page.WaitForSelectorAsync(".enter .note");
        // Visitors see the kitchen all the same.
        await page.ClickAsync("[data-leave]");
        await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, "[data-live] video") > 0, Minute, "the wall plays");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Every_face_fits_both_ways_up_in_both_languages_and_can_be_hit_with_gloves_on()
    {
        await using var browser = await running.BrowserBeforeAsync(await LobbyClips.SomebodyAsync(running, "hat", "mask"));
        var axe = await File.ReadAllTextAsync(Repository.Npm("axe-core/axe.min.js"), Cancel);
        var wrong = new List<string>();
        foreach (var (size, language) in Sizes.SelectMany(s => Languages.Select(l => (s, l))))
        {
            var page = await OpenAsync(browser, running.Kitchen.KioskAddress, size, language);
            async Task LookAsync(string name)
            {
                if (RawKey().Match(await page.EvaluateAsync<string>("() => document.body.innerText")) is { Success: true } raw)
                    wrong.Add($"{name} {size} {language}: '{raw.Value}' is not translated");
                foreach (
                    var fault in await page.EvaluateAsync<string[]>(
                        """
                        () => {
                          const shown = [...document.querySelectorAll("button, .chips label")].filter((e) => e.offsetParent && !e.closest("[hidden], [inert]"));
                          const small = shown.map((e) => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width < 56 || r.height < 56).map(([e, r]) => `${e.textContent.trim()} is ${Math.round(r.width)} x ${Math.round(r.height)} px`);
                          return document.documentElement.scrollWidth > innerWidth ? [...small, `${document.documentElement.scrollWidth} px wide`] : small;
                        }
                        """
                    )
                )
                    wrong.Add($"{name} {size} {language}: {fault}");
                await page.EvaluateAsync(axe);
                foreach (
                    var fault in await page.EvaluateAsync<string[]>(
                        "async () => (await axe.run(document, { resultTypes: "
                            + "['violations'], rules: { 'meta-viewport': { enabled: false } } })).violations.filter(v => v.impact === "
                            + "'serious' || v.impact === 'critical').map(v => `${v.id} ${v.nodes[0].target}`)"
                    )
                )
                    wrong.Add($"{name} {size} {language}: {fault}");
                await ShotAsync(page, $"{name}-{size}-{language}");
            }

            await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, "[data-live] video") > 0, Minute, "the wall plays");
            await LookAsync("wall");
            // What does not fit is told one after the other.
            await page.WaitForFunctionAsync(
                """
                () => {
                  for (const slide of document.querySelectorAll(".slide:not(:has(pre))")) slide.append(Object.assign(document.createElement("pre"), { textContent: "一\n".repeat(80) }));
                  return document.querySelector(".slides:not(.all)") !== null;
                }
                """,
                null,
                new() { Timeout = (float)Minute.TotalMilliseconds }
            );
            await page.ClickAsync("#staff-open");
            await page.WaitForSelectorAsync(".keys");
            await LookAsync("enter");
            await page.ClickAsync("[data-leave]");
            await EnterAsync(page, Pin);
            await LookAsync("home");
            foreach (
                var (go, ready) in new[]
                {
                    ("check", "[data-mark=hat][data-state=yes]"),
                    ("check/questions", ".stepper"),
                    ("alerts", ".staff-body"),
                    ("records", ".cards"),
                    ("records/sample", ".photo"),
                    ("records/disinfection", ".stepper"),
                    ("records/temperature", ".stepper"),
                    ("records/waste", ".stepper"),
                }
            )
            {
                await page.EvaluateAsync(
                    "go => { const b = document.createElement('button'); b.dataset.go = go; "
                        + "document.getElementById('staff').append(b); b.click(); }",
                    go
                );
                await page.WaitForSelectorAsync($"#staff:not([hidden]) {ready}", new() { Timeout = (float)Minute.TotalMilliseconds });
                await page.WaitForTimeoutAsync(400);
                await LookAsync(go.Replace('/', '-'));
            }

            await page.Context.CloseAsync();
        }

        wrong.ShouldBeEmpty();
    }

    private static async Task<IPage> OpenAsync(IBrowser browser, Uri address, string size = "1920x1080", string language = "zh-CN")
    {
        var sides = size.Split('x').Select(s => int.Parse(s, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var context = await browser.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = sides[0], Height = sides[1] },
            }
        );
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(address, $"/?culture={language}").ToString());
        await page.WaitForSelectorAsync("#day-side[data-meta=site]", new() { Timeout = (float)Minute.TotalMilliseconds });
        return page;
    }

    private static async Task EnterAsync(IPage page, string pin)
    {
        await page.ClickAsync("#staff-open");
        foreach (var digit in pin)
            await page.ClickAsync($"[data-digit='{digit}']");
        await page.WaitForSelectorAsync(".cards", new() { Timeout = (float)Minute.TotalMilliseconds });
    }

    // As staff.js does it.
    private static async Task SignInAsync(HttpClient client)
    {
        var key = "";
        await RunningKitchen.UntilAsync(
            async () =>
            {
                using var form = new FormUrlEncodedContent([new("pin", Pin)]);
                using var answer = await client.PostAsync(new Uri("/staff/pin", UriKind.Relative), form, Cancel);
                if (answer.IsSuccessStatusCode)
                    key = (await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>(Cancel)).GetProperty("key").GetString()!;
                return answer.IsSuccessStatusCode;
            },
            Minute,
            "the kiosk lets staff in"
        );
        client.DefaultRequestHeaders.Add("Kiosk-Session", key);
    }

    private static async Task TryEnterAsync(IPage page)
    {
        // A tap on the language or a picture of another size loads the page anew, at any moment.
        for (var since = TimeProvider.System.GetTimestamp(); ; )
        {
            try
            {
                await page.WaitForSelectorAsync(
                    "#staff-open",
                    new() { State = WaitForSelectorState.Attached, Timeout = (float)Minute.TotalMilliseconds }
                );
                await page.EvaluateAsync(
                    """
                    async (pin) => {
                      document.getElementById("staff-open")?.click();
                      for (let i = 0; i < 50 && !document.querySelector(".keys"); i++) await new Promise((r) => setTimeout(r, 100));
                      document.querySelector("[data-digit=clear]")?.click();
                      for (const digit of pin) document.querySelector(`[data-digit="${digit}"]`)?.click();
                      await new Promise((r) => setTimeout(r, 500));
                    }
                    """,
                    Pin
                );
                return;
            }
            catch (PlaywrightException e)
                when (e.Message.Contains("Execution context was destroyed", StringComparison.Ordinal)
                    && TimeProvider.System.GetElapsedTime(since) < Minute
                ) { }
        }
    }

    private static async Task<bool> BackAndForthAsync(IPage page)
    {
        await page.Locator("[data-go=home]").First.ClickAsync();
        await page.WaitForSelectorAsync(".cards");
        await page.ClickAsync("[data-go=records]");
        await page.WaitForSelectorAsync("[data-go='records/waste']");
        return await page.Locator(".waiting").CountAsync() > 0;
    }

    // What the manager's page of records says.
    private async Task AtTheServerAsync(Func<string, bool> so, string what)
    {
        var manager = await running.SignInAsync("manager");
        await RunningKitchen.UntilAsync(
            async () =>
            {
                await manager.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/records").ToString());
                return so(await manager.InnerTextAsync("main > ul.plain"));
            },
            Minute,
            what
        );
        await RunningKitchen.CloseAsync(manager);
    }

    private static Task<byte[]> ShotAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "artifacts", "pages", $"kiosk-{name}.png") });

    // A second kiosk of the same site.
    private async Task<OwnKiosk> KioskAsync(string name, params IEnumerable<string> arguments)
    {
        var (kitchen, data) = (running.Kitchen, running.Folder("kiosk-" + name));
        var code = File.Exists(Path.Combine(data, "enrolment.json")) ? "" : await kitchen.Server!.KioskCodeAsync(Cancel);
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
        var log = Path.Combine(data, "kiosk.log");
        var child = Child.Dotnet(
            "KioskUI",
            log,
            [
                "--urls",
                address.ToString(),
                "--Data",
                data,
                "--Box:Address",
                kitchen.BoxAddress.ToString(),
                "--Box:KeyFile",
                Path.Combine(kitchen.BoxData, "kiosk.key"),
                "--Server:Address",
                kitchen.ServerAddress.ToString(),
                "--Server:Name",
                name,
                .. arguments,
            ],
            ("Server__EnrolmentCode", code)
        );
        await child.AnswersAsync(new(address, "/health/ready"), Minute, Cancel);
        return new(child, address, log);
    }

    private sealed record OwnKiosk(Child Child, Uri Address, string Log) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Child.DisposeAsync();
    }

    [GeneratedRegex(
        @"\b(kiosk|staff|check|alerts|records|record|field|choice|kind|done|symptom|disinfect|measure|waste|school|state|live|reply|life)\.[a-z][a-z-]+\b"
    )]
    private static partial Regex RawKey();
}
