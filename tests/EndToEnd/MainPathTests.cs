using System.Text.RegularExpressions;
using BrightKitchen.Contracts;
using BrightKitchen.Demo;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>A camera's stream becomes a finding that somebody sees.</summary>
public sealed partial class MainPathTests(RunningKitchen running)
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_finding_appears_without_reload_and_its_clip_plays()
    {
        var page = await running.SignInAsync("principal");
        // Marks this very page: a reload would lose the mark.
        await page.EvaluateAsync("() => { window.notReloaded = true; }");
        var before = await page.Locator(".card").CountAsync();
        await RunningKitchen.UntilAsync(async () => await page.Locator(".card").CountAsync() > before, Minute, "a new finding on the page");
        (await page.EvaluateAsync<bool>("() => window.notReloaded === true")).ShouldBeTrue();

        await page.Locator(".card:has(.has-clip)").First.ClickAsync(new() { Timeout = 30_000 });
        await page.WaitForSelectorAsync(".finding video");
        await page.EvaluateAsync("() => document.querySelector('.finding video').play()");
        await RunningKitchen.UntilAsync(
            async () => await Pictures.ClockAsync(page, ".finding video") > 1.5,
            Minute,
            "the clip's clock moves"
        );
        var (mean, deviation) = await Pictures.LightAsync(page, ".finding video");
        mean.ShouldBeInRange(20, 245);
        deviation.ShouldBeGreaterThan(5, "a picture has light and dark parts");
        (await page.EvaluateAsync<double>("() => document.querySelector('.finding video').duration")).ShouldBeInRange(4, 40);
    }

    [Fact]
    public async Task The_kitchen_shows_several_kinds_of_findings_and_none_of_what_is_not_so()
    {
        // The portrait's fair hair leaves the head model near its threshold: a finding of it is right and is not asked for. Other tests
        // stop the cameras: that a camera is lost is true then.
        string[] right = ["no-hat", "camera-lost"];
        string[] kinds = ["no-mask", "bin-open", "intrusion"];
        IReadOnlyList<string> found = [];
        await RunningKitchen.UntilAsync(
            async () => kinds.All((found = [.. (await running.BoxFindingsAsync()).Select(f => f.Kind).Distinct()]).Contains),
            TimeSpan.FromSeconds(120),
            "every kind that the cameras show"
        );
        found.Except(right).ShouldBe(kinds, ignoreOrder: true);
    }

    [Fact]
    public async Task The_live_picture_moves()
    {
        var page = await running.SignInAsync("inspector");
        await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/live").ToString());
        await MovesAsync(page, "[data-live$='/store'] video");
        await MovesAsync(page, "[data-live$='/line'] video");
    }

    [Fact]
    public async Task The_kiosk_shows_the_kitchen_and_no_finding_that_nobody_confirmed()
    {
        await using var context = await running.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(running.Kitchen.KioskAddress.ToString());
        await MovesAsync(page, "[data-live$='/store'] video");
        await RunningKitchen.UntilAsync(
            async () =>
                (await running.BoxFindingsAsync()).Count > 0
                && await page.Locator("#day-side[data-meta=site]").CountAsync() == 1
                && (await page.InnerTextAsync(".side-head")).Contains("第一小学食堂", StringComparison.Ordinal),
            Minute,
            "the kiosk knows its site"
        );
        (await page.Locator(".week li").CountAsync()).ShouldBeLessThan(
            (await running.BoxFindingsAsync()).Count,
            "a finding is a clue until an inspector confirms it"
        );
    }

    [Fact]
    public async Task Nothing_is_shown_without_a_sign_in()
    {
        await using var context = await running.Browser.NewContextAsync();
        var page = await context.NewPageAsync();
        foreach (var path in new[] { "/", "/live", "/boxes" })
        {
            await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, path).ToString());
            page.Url.ShouldContain("/sign-in");
        }
    }

    [Fact]
    public async Task Findings_raised_while_the_server_is_away_arrive_once_each()
    {
        var kitchen = running.Kitchen;
        var cancel = TestContext.Current.CancellationToken;
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box finds something");
        await kitchen.Server!.Child.KillAsync();
        await kitchen.Server.DisposeAsync();
        var before = (await running.BoxFindingsAsync()).Select(f => f.Id).ToHashSet();
        var since = TimeProvider.System.GetTimestamp();
        await RunningKitchen.UntilAsync(
            async () =>
                TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(20)
                && (await running.BoxFindingsAsync()).Count > before.Count + 1,
            TimeSpan.FromSeconds(90),
            "20 s and more findings while the server is away"
        );
        await kitchen.StartServerAsync(cancel);

        var page = await running.SignInAsync("principal");
        var listed = new List<string>();
        var kept = new List<FindingReport>();
        await RunningKitchen.UntilAsync(
            async () =>
            {
                // The page lists the newest sixty; other tests' findings may be more.
                kept = [.. (await running.BoxFindingsAsync()).OrderByDescending(f => f.OpenedAt).Take(50)];
                await page.ReloadAsync();
                listed =
                [
                    .. (
                        await page.Locator(".card").EvaluateAllAsync<string[]>("cards => cards.map(c => c.id.replace('finding-', ''))")
                    ).Order(),
                ];
                return kept.All(f => listed.Contains(f.Id.ToString()));
            },
            Minute,
            "the page lists what the box keeps"
        );
        listed.ShouldBeUnique();
        kept.Count(f => !before.Contains(f.Id)).ShouldBeGreaterThan(1, "raised while the server was away");
        await RunningKitchen.UntilAsync(() => OutboxIsEmptyAsync(kitchen), Minute, "the outbox is empty");
    }

    [Fact]
    public async Task The_cameras_password_is_in_no_log_no_page_and_no_process_list()
    {
        var cancel = TestContext.Current.CancellationToken;
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box has read its cameras");
        var secret = running.Kitchen.CameraPassword;
        foreach (var log in running.Kitchen.Logs)
            (await File.ReadAllTextAsync(log, cancel)).ShouldNotContain(secret, Case.Sensitive, log);
        var lines = ProcessTree.Of(Environment.ProcessId).Select(ProcessTree.CommandLine).ToList();
        lines.ShouldContain(l => l.Contains("ffconcat", StringComparison.Ordinal), "the box's ffmpeg is among them");
        lines.ShouldAllBe(l => !l.Contains(secret, StringComparison.Ordinal));
        var page = await running.SignInAsync("admin");
        foreach (var path in new[] { "/", "/live", "/boxes" })
        {
            await page.GotoAsync(new Uri(running.Kitchen.ServerAddress, path).ToString());
            (await page.ContentAsync()).ShouldNotContain(secret);
        }
    }

    [Fact]
    public async Task Health_and_metrics_answer()
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler);
        var cancel = TestContext.Current.CancellationToken;
        foreach (var part in new[] { running.Kitchen.Server!.Address, running.Kitchen.BoxAddress, running.Kitchen.KioskAddress })
        {
            foreach (var path in new[] { "/health/live", "/health/ready", "/metrics" })
                (await client.GetAsync(new Uri(part, path), cancel)).IsSuccessStatusCode.ShouldBeTrue($"{part} {path}");
        }

        // What stands in front keeps metrics from visitors.
        if (running.Kitchen.Front is not null)
        {
            var outside = await running.Browser.NewPageAsync();
            (await outside.GotoAsync(new Uri(running.Kitchen.ServerAddress, "/metrics").ToString()))!.Status.ShouldBe(404);
            await RunningKitchen.CloseAsync(outside);
        }

        string[] names =
        [
            "edge_frames_read",
            "edge_frames_analysed",
            "edge_inference_seconds",
            "edge_findings",
            "edge_outbox_depth",
            "edge_upload_lag_seconds",
        ];
        await RunningKitchen.UntilAsync(
            async () =>
                await client.GetStringAsync(new Uri(running.Kitchen.BoxAddress, "/metrics"), cancel) is var metrics
                && names.All(n => metrics.Contains(n, StringComparison.Ordinal)),
            Minute,
            "the box has counted everything once"
        );
    }

    [Fact]
    public async Task The_boxs_page_tells_how_far_its_clock_is_from_the_servers()
    {
        await using var context = await running.Browser.NewContextAsync(new() { IgnoreHTTPSErrors = true, Locale = "en-GB" });
        var page = await context.NewPageAsync();
        await page.GotoAsync(running.Kitchen.InstallerAddress.ToString());
        await page.FillAsync("#code", running.Kitchen.AdminCode);
        await page.ClickAsync("form button");
        await RunningKitchen.UntilAsync(
            async () => await page.QuerySelectorAsync("#clock") is { } clock && Drift().IsMatch(await clock.InnerTextAsync()),
            Minute,
            "less than two seconds on one machine"
        );
    }

    [Fact]
    public async Task A_second_start_goes_on_where_the_first_stopped()
    {
        var cancel = TestContext.Current.CancellationToken;
        var kitchen = running.Kitchen;
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box finds something");
        var before = (await running.BoxFindingsAsync()).Select(f => f.Id).ToHashSet();
        await kitchen.Box!.DisposeAsync();
        await kitchen.StartBoxAsync(cancel);
        (await running.BoxFindingsAsync()).Select(f => f.Id).ToHashSet().IsSupersetOf(before).ShouldBeTrue();
        (await File.ReadAllLinesAsync(kitchen.Box!.LogFile, cancel))
            .Count(l => l.Contains("Enrolled as edge device", StringComparison.Ordinal))
            .ShouldBe(1);
    }

    private static async Task MovesAsync(IPage page, string video)
    {
        await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, video) > 0, Minute, $"{video} begins");
        var (clock, print) = (await Pictures.ClockAsync(page, video), await Pictures.PrintAsync(page, video));
        await RunningKitchen.UntilAsync(
            async () => await Pictures.ClockAsync(page, video) > clock + 1 && await Pictures.PrintAsync(page, video) != print,
            Minute,
            $"{video} moves"
        );
    }

    private static async Task<bool> OutboxIsEmptyAsync(DemoKitchen kitchen)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler);
        return Depth().Match(await client.GetStringAsync(new Uri(kitchen.BoxAddress, "/metrics"))) is { Success: true } depth
            && depth.Groups[1].Value == "0";
    }

    [GeneratedRegex(@"-?[01]\.\d s off server time")]
    private static partial Regex Drift();

    [GeneratedRegex(@"^edge_outbox_depth\S*\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex Depth();
}
