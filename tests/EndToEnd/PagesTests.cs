using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>
/// Every page in both languages on a phone and on a desktop: no fault in the console, nothing wider than the screen. Leaves a picture of
/// each in <c>artifacts/pages</c>.
/// </summary>
public sealed class PagesTests(RunningKitchen running)
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    public static TheoryData<string, int, int, string> Screens =>
        new()
        {
            { "phone", 390, 844, "zh-CN" },
            { "phone", 390, 844, "en" },
            { "desktop", 1440, 900, "zh-CN" },
            { "desktop", 1440, 900, "en" },
        };

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task Every_page_fits_and_speaks_the_language(string screen, int width, int height, string language)
    {
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box finds something");
        var page = await running.SignInAsync(
            "admin",
            new()
            {
                ViewportSize = new() { Width = width, Height = height },
            }
        );
        var faults = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                faults.Add(message.Text);
        };
        page.PageError += (_, fault) => faults.Add(fault);
        await page.GotoAsync(At($"/language/{language}?returnUrl=/"));
        await page.WaitForSelectorAsync(".card");
        await LookAsync(page, screen, language, "findings");
        (await page.GetAttributeAsync("html", "lang")).ShouldBe(language);
        var finding = await page.Locator(".card:has(.has-clip)").First.GetAttributeAsync("href", new() { Timeout = 60_000 });
        await page.GotoAsync(At(finding!));
        await RunningKitchen.UntilAsync(
            async () => await page.EvaluateAsync<int>("() => document.querySelector('.finding video')?.readyState ?? 0") >= 2,
            Minute,
            "the clip is there"
        );
        await LookAsync(page, screen, language, "finding");
        await page.GotoAsync(At("/live"));
        await RunningKitchen.UntilAsync(
            async () => await Pictures.ClockAsync(page, "[data-live] video") > 0,
            Minute,
            "the live picture begins"
        );
        await LookAsync(page, screen, language, "live");
        await page.GotoAsync(At("/boxes"));
        await LookAsync(page, screen, language, "boxes");
        foreach (var name in new[] { "regions", "people", "cases", "account" })
        {
            await page.GotoAsync(At("/" + name));
            await LookAsync(page, screen, language, name);
        }

        faults.ShouldBeEmpty();

        // A page that is not there says so in the same frame; its 404 is the only fault that the console may tell.
        await page.GotoAsync(At("/nowhere"));
        await LookAsync(page, screen, language, "missing");
        await page.ClickAsync("form[action='/sign-out'] button");
        await LookAsync(page, screen, language, "sign-in");
        await page.GotoAsync(running.Kitchen.KioskAddress.ToString());
        await RunningKitchen.UntilAsync(
            async () => await Pictures.ClockAsync(page, "[data-live] video") > 0,
            Minute,
            "the lobby's picture begins"
        );
        await LookAsync(page, screen, language, "lobby");
        await RunningKitchen.CloseAsync(page);
    }

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task A_parent_reports_an_inspector_decides_and_both_see_what_became_of_it(
        string screen,
        int width,
        int height,
        string language
    )
    {
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box finds something");
        ViewportSize size = new() { Width = width, Height = height };
        var (parent, inspector) = (
            await running.SignInAsync("parent", new() { ViewportSize = size }),
            await running.SignInAsync("inspector", new() { ViewportSize = size })
        );
        foreach (var page in new[] { parent, inspector })
            await page.GotoAsync(At($"/language/{language}?returnUrl=/"));
        await parent.GotoAsync(At("/school"));
        var text = $"soup {Guid.NewGuid():N}";
        await parent.FillAsync("form[action$='/feedback'] textarea", text);
        await parent.ClickAsync("form[action$='/feedback'] button");
        await parent.WaitForSelectorAsync(".form [role=status]");

        await inspector.WaitForSelectorAsync(".card");
        var finding = await inspector.Locator(".card:has(.has-clip)").First.GetAttributeAsync("href", new() { Timeout = 60_000 });
        await inspector.GotoAsync(At(finding!));
        if (await inspector.Locator("details:has(input[value=confirm])").CountAsync() > 0)
        {
            await inspector.ClickAsync("details:has(input[value=confirm]) summary");
            await inspector.ClickAsync("details:has(input[value=confirm]) button");
        }

        await inspector.WaitForSelectorAsync(".step-confirm");
        await LookAsync(inspector, screen, language, "life");
        await inspector.GotoAsync(At("/cases"));
        await inspector.ClickAsync($"li:has-text('{text}') a");
        await inspector.FillAsync("form[action$='/answer'] textarea", "answer to " + text);
        await LookAsync(inspector, screen, language, "case");
        await inspector.ClickAsync("form[action$='/answer'] button");
        await inspector.WaitForSelectorAsync($".step:has-text('answer to {text}')");
        await inspector.GotoAsync(At("/audit"));
        await LookAsync(inspector, screen, language, "audit");
        await parent.GotoAsync(At("/school"));
        await parent.WaitForSelectorAsync($".answered:has-text('answer to {text}')");
        await LookAsync(parent, screen, language, "school");
        await RunningKitchen.CloseAsync(parent, inspector);
    }

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task A_kitchen_keeps_its_records_a_regulator_draws_and_a_visitor_looks(
        string screen,
        int width,
        int height,
        string language
    )
    {
        ViewportSize size = new() { Width = width, Height = height };
        var (manager, regulator) = (
            await running.SignInAsync("manager", new() { ViewportSize = size }),
            await running.SignInAsync("regulator", new() { ViewportSize = size })
        );
        foreach (var page in new[] { manager, regulator })
            await page.GotoAsync(At($"/language/{language}?returnUrl=/"));
        await manager.GotoAsync(At("/records"));
        await manager.ClickAsync("a[href^='/staff/']");
        var name = $"王{Guid.NewGuid().ToString("N")[..6]}";
        await manager.FillAsync("main > .form [name=name]", name);
        await manager.FillAsync("main > .form [name=certificateUntil]", "2099-01-01");
        await manager.ClickAsync("main > .form button");
        await manager.WaitForSelectorAsync($"li:has-text('{name}')");
        await LookAsync(manager, screen, language, "staff");
        await manager.ClickAsync("a[href^='/records/']");
        await manager.ClickAsync(".tile:has(input[value=morning-check]) summary");
        var check = manager.Locator(".tile:has(input[value=morning-check]) form");
        await check.Locator("[name='v.staff']").SelectOptionAsync(new SelectOptionValue { Label = name });
        await check.Locator("[name='v.celsius']").FillAsync("37.9");
        foreach (var field in new[] { "hands-washed", "hat", "mask" })
            await check.Locator($"[name='v.{field}']").SelectOptionAsync("yes");
        await check.Locator("button").ClickAsync();
        await manager.WaitForSelectorAsync($"li:has-text('{name}') .mark-late");
        await manager.ClickAsync(".tile:has(input[value=menu]) summary");
        var dishes = $"米饭 {Guid.NewGuid():N}";
        await manager.FillAsync(".tile:has(input[value=menu]) [name='v.dishes']", dishes);
        await LookAsync(manager, screen, language, "records-form");
        await manager.ClickAsync(".tile:has(input[value=menu]) form button");
        await manager.WaitForSelectorAsync($"li:has-text('{dishes}')");
        await LookAsync(manager, screen, language, "records");

        await regulator.GotoAsync(At("/risk"));
        await LookAsync(regulator, screen, language, "risk");
        await regulator.GotoAsync(At("/draws"));
        await regulator.FillAsync("[name=count]", "1");
        await LookAsync(regulator, screen, language, "draws");
        await regulator.ClickAsync("main .form button");
        await regulator.ClickAsync("form[action$='/draw'] button");
        await regulator.WaitForSelectorAsync("form[action$='/results']");
        await LookAsync(regulator, screen, language, "draw");
        await regulator.GotoAsync(At("/api-access"));
        await regulator.FillAsync("form:has([name=days]) [name=name]", "dashboard");
        await regulator.ClickAsync("form:has([name=days]) button");
        await regulator.WaitForSelectorAsync(".code:has-text('bk_')");
        await LookAsync(regulator, screen, language, "api-access");
        await regulator.GotoAsync(At("/api-reference"));
        await LookAsync(regulator, screen, language, "api-reference");

        await manager.GotoAsync(At("/school"));
        var visit = await manager.GetAttributeAsync("a[href^='/visit/']", "href");
        var visitor = await running.Browser.NewPageAsync(new() { ViewportSize = size });
        await visitor.GotoAsync(At($"/language/{language}?returnUrl={visit}"));
        await visitor.WaitForSelectorAsync($"text={dishes}");
        var text = $"cold soup {Guid.NewGuid():N}";
        await visitor.FillAsync("textarea", text);
        await visitor.ClickAsync("form[action$='/feedback'] button");
        await visitor.WaitForSelectorAsync($".answer:has-text('{text}')");
        await LookAsync(visitor, screen, language, "visit");
        await RunningKitchen.CloseAsync(manager, regulator, visitor);
    }

    private string At(string path) => new Uri(running.Kitchen.ServerAddress, path).ToString();

    private static async Task LookAsync(IPage page, string screen, string language, string name)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "pages");
        await page.ScreenshotAsync(
            new() { Path = Path.Combine(folder, $"{name}-{screen}-{language}.png"), FullPage = name != "lobby" || screen == "phone" }
        );
        var (wide, seen) = (
            await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"),
            await page.EvaluateAsync<int>("() => document.documentElement.clientWidth")
        );
        wide.ShouldBeLessThanOrEqualTo(seen, $"{name} is wider than the {screen}");
    }
}
