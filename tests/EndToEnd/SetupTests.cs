using BrightKitchen.Demo;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>An administrator sets a box up from the server's page. Leaves pictures in <c>artifacts/pages</c>.</summary>
public sealed class SetupTests(RunningKitchen running)
{
    [Fact]
    public async Task A_setup_reaches_the_box_and_one_that_breaks_a_camera_is_rolled_back()
    {
        // A kitchen of its own: a camera is broken here.
        using var folder = new OwnFolder();
        await using var kitchen = await DemoKitchen.StartAsync(folder.Path, new(), null, _ => { }, TestContext.Current.CancellationToken);
        var page = await running.SignInAsync(
            kitchen,
            "admin",
            new()
            {
                ViewportSize = new() { Width = 1440, Height = 900 },
            }
        );
        await page.GotoAsync(new Uri(kitchen.ServerAddress, "/boxes").ToString());
        await page.ClickAsync(".box a");
        await page.WaitForSelectorAsync("#setup");
        var quiet = page.Locator("[name=quietSeconds]").First;
        await quiet.FillAsync("7");
        await page.ClickAsync("#setup > button");
        await StateAsync(page, "in-force", 60);
        (await page.Locator("[name=quietSeconds]").First.InputValueAsync()).ShouldBe("7");
        await LookAsync(page, "box-setup");

        // A zone drawn over the live picture reaches the box too.
        await page.ClickAsync("[data-draw]");
        await page.WaitForSelectorAsync("#zone-dialog .playing", new() { Timeout = 60_000 });
        var picture = (await page.Locator(".zone-over").BoundingBoxAsync())!;
        foreach (var (x, y) in new[] { (0.2f, 0.3f), (0.6f, 0.3f), (0.6f, 0.8f) })
            await page.Mouse.ClickAsync(picture.X + (picture.Width * x), picture.Y + (picture.Height * y));
        (await page.Locator(".zone-over circle").CountAsync()).ShouldBe(3);
        await page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(Repository.Root, "artifacts", "pages", "zone-desktop.png") });
        await page.ClickAsync("#zone-dialog button[value=yes]");
        await page.ClickAsync("#setup > button");
        await page.WaitForFunctionAsync(
            "() => /setup-state/.test(document.body.innerHTML) && ['waiting', "
                + "'on-trial'].includes(document.getElementById('setup-state').dataset.state)",
            null,
            new() { Timeout = 30_000 }
        );
        await StateAsync(page, "in-force", 100);
        var zone = await page.Locator("[name=zone]").First.InputValueAsync();
        zone.Split(' ').Length.ShouldBe(3, zone);
        zone.ShouldStartWith("0.2");

        var url = page.Locator("[name=url]").First;
        var before = await url.InputValueAsync();
        await url.FillAsync("rtsp://127.0.0.1:9/nothing");
        await page.ClickAsync("#setup > button");
        await StateAsync(page, "on-trial", 30);
        await StateAsync(page, "rolled-back", 100);
        (await page.InnerTextAsync("#setup-state")).ShouldContain("camera 'line' is");
        (await page.Locator("[name=url]").First.InputValueAsync()).ShouldBe(before);
        await LookAsync(page, "box-rolled-back");
    }

    private static async Task StateAsync(IPage page, string state, int seconds) =>
        await page.WaitForSelectorAsync($"#setup-state[data-state={state}]", new() { Timeout = seconds * 1000 });

    private static async Task LookAsync(IPage page, string name)
    {
        foreach (var (screen, width, height) in new[] { ("desktop", 1440, 900), ("phone", 390, 844) })
        {
            await page.SetViewportSizeAsync(width, height);
            await page.ScreenshotAsync(
                new()
                {
                    Path = System.IO.Path.Combine(Repository.Root, "artifacts", "pages", $"{name}-{screen}-zh-CN.png"),
                    FullPage = true,
                }
            );
            (await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth")).ShouldBeLessThanOrEqualTo(
                width,
                $"{name} is wider than the {screen}"
            );
        }

        await page.SetViewportSizeAsync(1440, 900);
    }

    private sealed class OwnFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("brightkitchen-setup-").FullName;

        public void Dispose() => Directory.Delete(Path, true);
    }
}
