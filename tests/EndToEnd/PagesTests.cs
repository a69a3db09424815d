using BrightKitchen.KitchenStack;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>Every page in both languages on a phone and on a desktop: no fault in the console, nothing wider than the screen. Leaves a picture of each in <c>artifacts/pages</c>.</summary>
public sealed class PagesTests(RunningKitchen running)
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    public static TheoryData<string, int, int, string> Screens => new()
    {
        { "phone", 390, 844, "zh-CN" }, { "phone", 390, 844, "en" }, { "desktop", 1440, 900, "zh-CN" }, { "desktop", 1440, 900, "en" },
    };

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task Every_page_fits_and_speaks_the_language(string screen, int width, int height, string language)
    {
        await RunningKitchen.UntilAsync(async () => (await running.BoxFindingsAsync()).Count > 0, Minute, "the box finds something");
        var page = await running.SignInAsync("admin", new() { ViewportSize = new() { Width = width, Height = height } });
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
        await RunningKitchen.UntilAsync(async () => await page.EvaluateAsync<int>("() => document.querySelector('.finding video')?.readyState ?? 0") >= 2, Minute, "the clip is there");
        await LookAsync(page, screen, language, "finding");
        await page.GotoAsync(At("/live"));
        await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, "[data-live] video") > 0, Minute, "the live picture begins");
        await LookAsync(page, screen, language, "live");
        await page.GotoAsync(At("/boxes"));
        await LookAsync(page, screen, language, "boxes");
        faults.ShouldBeEmpty();

        // A page that is not there says so in the same frame; its 404 is the only fault that the console may tell.
        await page.GotoAsync(At("/nowhere"));
        await LookAsync(page, screen, language, "missing");
        await page.ClickAsync("form[action='/sign-out'] button");
        await LookAsync(page, screen, language, "sign-in");
        await page.GotoAsync(running.Kitchen.KioskAddress.ToString());
        await RunningKitchen.UntilAsync(async () => await Pictures.ClockAsync(page, "[data-live] video") > 0, Minute, "the lobby's picture begins");
        await LookAsync(page, screen, language, "lobby");
    }

    private string At(string path) => new Uri(running.Kitchen.ServerAddress, path).ToString();

    private static async Task LookAsync(IPage page, string screen, string language, string name)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "pages");
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{screen}-{language}.png"), FullPage = name != "lobby" || screen == "phone" });
        var (wide, seen) = (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"), await page.EvaluateAsync<int>("() => document.documentElement.clientWidth"));
        wide.ShouldBeLessThanOrEqualTo(seen, $"{name} is wider than the {screen}");
    }
}
