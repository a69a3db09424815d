using System.Text.RegularExpressions;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>
/// Each role's pages on a phone and a desktop, in Chinese and English: nothing wider than the screen, nothing untranslated, no error,
/// nothing that keeps somebody out (axe-core).
/// </summary>
public sealed partial class EveryPageTests(RunningKitchen running)
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(
        "manager",
        "/",
        "/today",
        "/live?across=4",
        "/records",
        "/risk",
        "/cases",
        "/school",
        "/account",
        "PLAYBACK",
        "STAFF",
        "REPORT",
        "FINDING"
    )]
    [InlineData("inspector", "/desk", "/audit", "FINDING", "/api-access")]
    [InlineData("regulator", "/wall", "/report", "/report?span=month", "/draws")]
    [InlineData("admin", "/boxes", "/boxes?show=away", "/boxes?show=bare", "/regions", "/people", "BOX")]
    [InlineData("parent", "/school", "/account")]
    [InlineData("", "/sign-in", "/join", "VISIT")]
    public async Task A_roles_pages_fit_are_translated_and_open_to_everybody(string who, params string[] paths)
    {
        var axe = await File.ReadAllTextAsync(Repository.Npm("axe-core/axe.min.js"), Cancel);
        var places = await PlacesAsync();
        var wrong = new List<string>();
        foreach (var (language, width) in new[] { ("zh-CN", 1440), ("en", 1440), ("zh-CN", 390), ("en", 390) })
        {
            var page =
                who.Length > 0
                    ? await running.SignInAsync(
                        who,
                        new()
                        {
                            ViewportSize = new() { Width = width, Height = 900 },
                        }
                    )
                    : await running.Browser.NewPageAsync(
                        new()
                        {
                            ViewportSize = new() { Width = width, Height = 900 },
                        }
                    );
            var said = new List<string>();
            page.PageError += (_, fault) => said.Add(fault);
            await page.GotoAsync(At($"/language/{language}?returnUrl=/account"));
            foreach (var path in paths)
            {
                var name = $"{(who.Length > 0 ? who : "anybody")} {path} {language} {width}";
                await page.GotoAsync(At(places.GetValueOrDefault(path) ?? path), new() { WaitUntil = WaitUntilState.Load });
                await page.WaitForTimeoutAsync(300);
                if (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") is var wide && wide > width)
                    wrong.Add($"{name}: {wide} px wide");
                if (
                    RawKey()
                        .Match(
                            await page.EvaluateAsync<string>(
                                "() => document.body.innerText + ' ' + "
                                    + "[...document.querySelectorAll('[aria-label],[title]')].map(e => "
                                    + "`${e.getAttribute('aria-label')} ${e.title}`).join(' ')"
                            )
                        ) is
                    { Success: true } raw
                )
                    wrong.Add($"{name}: '{raw.Value}' is not translated");
                if ((language == "zh-CN") == (width == 390))
                {
                    await page.EvaluateAsync(axe);
                    foreach (
                        var fault in await page.EvaluateAsync<string[]>(
                            "async () => (await axe.run(document, { resultTypes: "
                                + "['violations'] })).violations.filter(v => v.impact === 'serious' || v.impact === 'critical').map(v "
                                + "=> `${v.id} ${v.nodes[0].target} ${v.nodes[0].any[0]?.message ?? ''}`)"
                        )
                    )
                        wrong.Add($"{name}: {fault}");
                }

                var shot = Path.Combine(
                    Repository.Root,
                    "artifacts",
                    "pages",
                    $"every-{NoPath().Replace(name.Replace("zh-CN", "zh", StringComparison.Ordinal), "-")}.png"
                );
                await page.ScreenshotAsync(new() { Path = shot, FullPage = width == 390 });
            }

            wrong.AddRange(said.Select(s => $"{who} {language} {width}: {s}"));
            await RunningKitchen.CloseAsync(page);
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_parents_page_can_be_installed_and_says_when_there_is_no_network()
    {
        var page = await running.SignInAsync(
            "parent",
            new()
            {
                ViewportSize = new() { Width = 390, Height = 844 },
            }
        );
        await page.GotoAsync(At("/school"));
        await page.EvaluateAsync("() => navigator.serviceWorker.ready");
        (
            await page.EvaluateAsync<string>(
                "async () => { const m = await (await "
                    + "fetch(document.querySelector('link[rel=manifest]').href)).json(); return `${m.display} ${(await "
                    + "fetch(m.icons[1].src)).status}`; }"
            )
        ).ShouldBe("standalone 200");
        await page.Context.SetOfflineAsync(true);
        await page.GotoAsync(At("/school"));
        await page.WaitForSelectorAsync("h1[data-notice=offline]");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "artifacts", "pages", "offline-phone.png") });
        await page.Context.SetOfflineAsync(false);
        await page.ClickAsync("main a");
        await page.WaitForSelectorAsync("header nav");
        await RunningKitchen.CloseAsync(page);
    }

    [Fact]
    public async Task A_push_wakes_the_worker_which_asks_for_the_words()
    {
        var page = await running.SignInAsync(
            "parent",
            new()
            {
                ViewportSize = new() { Width = 390, Height = 844 },
            }
        );
        await page.Context.GrantPermissionsAsync(
            ["notifications"],
            new() { Origin = running.Kitchen.ServerAddress.GetLeftPart(UriPartial.Authority) }
        );
        await page.GotoAsync(At("/school"));
        await page.EvaluateAsync("() => navigator.serviceWorker.ready");
        var tools = await page.Context.NewCDPSessionAsync(page);
        var registered = new TaskCompletionSource<string>();
        tools.Event("ServiceWorker.workerRegistrationUpdated").OnEvent += (_, told) =>
        {
            if (
                told!.Value.GetProperty("registrations") is { ValueKind: System.Text.Json.JsonValueKind.Array } all
                && all.GetArrayLength() > 0
            )
                registered.TrySetResult(all[0].GetProperty("registrationId").GetString()!);
        };
        await tools.SendAsync("ServiceWorker.enable");
        await tools.SendAsync(
            "ServiceWorker.deliverPushMessage",
            new()
            {
                ["origin"] = running.Kitchen.ServerAddress.GetLeftPart(UriPartial.Authority),
                ["registrationId"] = await registered.Task.WaitAsync(Minute, Cancel),
                ["data"] = "",
            }
        );
        var said = await page.EvaluateAsync<string>(
            """
            async () => {
              const worker = await navigator.serviceWorker.ready;
              for (let i = 0; i < 300; i++) {
                const [note] = await worker.getNotifications();
                if (note) return `${note.title}|${note.data}`;
                await new Promise((r) => setTimeout(r, 100));
              }
              return "nothing";
            }
            """
        );
        said.ShouldMatch(@"^\S.*\|/");
        await RunningKitchen.CloseAsync(page);
    }

    // What is reached by an id.
    private async Task<Dictionary<string, string>> PlacesAsync()
    {
        var manager = await running.SignInAsync("manager");
        await manager.WaitForSelectorAsync("#findings .card", new() { Timeout = (float)Minute.TotalMilliseconds });
        var finding = (await manager.GetAttributeAsync("#findings .card", "href"))!;
        await manager.GotoAsync(At("/live?across=4"));
        var playback = (await manager.GetAttributeAsync("a[href^='/playback/']", "href"))!;
        await manager.GotoAsync(At("/school"));
        var site = (await manager.GetAttributeAsync("a[href^='/records/']", "href"))!.Split('/')[2];
        var visit = (await manager.GetAttributeAsync("a[href^='/visit/']", "href"))!;
        await RunningKitchen.CloseAsync(manager);
        return new()
        {
            ["FINDING"] = finding,
            ["PLAYBACK"] = playback,
            ["VISIT"] = visit,
            ["STAFF"] = $"/staff/{site}",
            ["REPORT"] = $"/records/{site}/report",
            ["BOX"] = $"/boxes/{playback.Split('/')[2]}",
        };
    }

    private string At(string path) => new Uri(running.Kitchen.ServerAddress, path).ToString();

    [GeneratedRegex(
        @"\b(kind|stage|step|desk|wall|today|state|live|record|playback|seen|nav|risk|audit|case|setup|reply|tier|school|report|show|choice|fault|area|site|region)\.[a-z][a-z-]+\b(?!\.?(com|cn|js|md))"
    )]
    private static partial Regex RawKey();

    [GeneratedRegex(@"[^a-zA-Z0-9]+")]
    private static partial Regex NoPath();
}
