using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using BrightKitchen.Contracts;
using BrightKitchen.Demo;
using BrightKitchen.EndToEnd;
using Microsoft.Playwright;

[assembly: SupportedOSPlatform("linux")]
[assembly: AssemblyFixture(typeof(RunningKitchen))]
[assembly: WholeKitchen]
// One after the other: a test here stops the server that the others look at.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]

namespace BrightKitchen.EndToEnd;

/// <summary>Everything as the demo runs it, and a real Chromium, started once for all tests.</summary>
public sealed class RunningKitchen : IAsyncLifetime
{
    // Set by ./run test for a second round: the same tests as an installation runs, see ProductionFront.
    private static readonly bool Production = Environment.GetEnvironmentVariable("BRIGHTKITCHEN_PROFILE") == "production";
    private readonly string folder = Directory.CreateTempSubdirectory("brightkitchen-e2e-").FullName;
    private IPlaywright? playwright;

    /// <summary>The one that runs; null before it does.</summary>
    internal static RunningKitchen? Current { get; private set; }

    public DemoKitchen Kitchen { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Kitchen = await DemoKitchen.StartAsync(folder, new(), null, _ => { }, TestContext.Current.CancellationToken, Production);
        playwright = await Playwright.CreateAsync();
        // Debian's Chromium: root, as in a container, has no sandbox.
        Browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", .. Trust] }
        );
        Current = this;
    }

    // Of the certificate that the profile made for itself.
    private static string[] Trust => Production ? ["--ignore-certificate-errors"] : [];

    public async ValueTask DisposeAsync()
    {
        Current = null;
        if (Browser is not null)
            await Browser.DisposeAsync();
        playwright?.Dispose();
        if (Kitchen is not null)
            await Kitchen.DisposeAsync();
        Directory.Delete(folder, true);
    }

    /// <summary>Whether all its processes run.</summary>
    internal bool IsWhole => Kitchen is { Cameras.Child.Running: true, Server.Child.Running: true, Box.Running: true, Kiosk.Running: true };

    /// <summary>Starts what a test before has stopped and, as it failed, did not start again.</summary>
    internal async Task RepairAsync(CancellationToken cancel)
    {
        if (Kitchen.Cameras is not { Child.Running: true })
            await Kitchen.StartCamerasAsync(cancel);
        if (Kitchen.Server is not { Child.Running: true })
            await Kitchen.StartServerAsync(cancel);
        if (Kitchen.Box is not { Running: true })
            await Kitchen.StartBoxAsync(cancel);
        if (Kitchen.Kiosk is not { Running: true })
            await Kitchen.StartKioskAsync(cancel);
    }

    /// <summary>A browser of its own whose camera shows a clip.</summary>
    /// <param name="clip">Motion JPEG.</param>
    public Task<IBrowser> BrowserBeforeAsync(string clip) =>
        playwright!.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = "/usr/bin/chromium",
                Args =
                [
                    "--no-sandbox",
                    "--autoplay-policy=no-user-gesture-required",
                    .. Trust,
                    "--use-fake-ui-for-media-stream",
                    "--use-fake-device-for-media-stream",
                    $"--use-file-for-fake-video-capture={clip}",
                ],
            }
        );

    /// <summary>A folder that goes with the kitchen.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    /// <summary>A fresh browser with somebody signed in, on the first page.</summary>
    public Task<IPage> SignInAsync(string name, BrowserNewContextOptions? options = null) => SignInAsync(Kitchen, name, options);

    /// <summary>The same on another kitchen.</summary>
    public async Task<IPage> SignInAsync(DemoKitchen kitchen, string name, BrowserNewContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(kitchen);
        var context = await Browser.NewContextAsync(options);
        if (kitchen.Front is { } front)
            return await WithSessionAsync(context, front, name);
        var page = await context.NewPageAsync();
        await page.GotoAsync(kitchen.ServerAddress.ToString());
        await page.FillAsync("input[name=name]", name);
        await page.FillAsync("input[name=password]", kitchen.Password);
        await page.ClickAsync("form.sign-in button");
        await page.WaitForSelectorAsync("header nav");
        return page;
    }

    // A code of a second factor is accepted once and lasts half a minute: the session is one that began with it.
    private static async Task<IPage> WithSessionAsync(IBrowserContext context, ProductionFront front, string name)
    {
        await context.AddCookiesAsync(
            front
                .SessionOf(name)
                .Select(c => new Microsoft.Playwright.Cookie
                {
                    Name = c.Name,
                    Value = c.Value,
                    Domain = c.Domain,
                    Path = c.Path,
                    Secure = c.Secure,
                    HttpOnly = c.HttpOnly,
                })
        );
        var page = await context.NewPageAsync();
        await page.GotoAsync(front.Address.ToString());
        await page.WaitForSelectorAsync("header nav");
        return page;
    }

    /// <summary>Closes pages that a test is done with: one with live pictures keeps the box encoding.</summary>
    public static async Task CloseAsync(params IEnumerable<IPage> pages)
    {
        ArgumentNullException.ThrowIfNull(pages);
        foreach (var page in pages)
            await page.Context.CloseAsync();
    }

    /// <summary>Today's findings as the box keeps them.</summary>
    public async Task<IReadOnlyList<FindingReport>> BoxFindingsAsync()
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { BaseAddress = Kitchen.BoxAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            (await File.ReadAllTextAsync(Path.Combine(Kitchen.BoxData, "kiosk.key"))).Trim()
        );
        try
        {
            return (await client.GetFromJsonAsync<List<FindingReport>>("/local/today"))!;
        }
        catch (HttpRequestException e) when (Kitchen.Box is { Running: false, Ended: { } how })
        {
            throw new InvalidOperationException(how, e);
        }
    }

    /// <summary>Asks until it is so, and fails when it is not within the time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> so, TimeSpan patience, string what)
    {
        for (
            var since = TimeProvider.System.GetTimestamp();
            TimeProvider.System.GetElapsedTime(since) < patience;
            await Task.Delay(300, TestContext.Current.CancellationToken)
        )
        {
            if (await so())
                return;
        }

        Assert.Fail($"Not within {patience.TotalSeconds:0} s: {what}");
    }
}
