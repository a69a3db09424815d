using System.Text.Json.Nodes;
using BrightKitchen.Demo;
using BrightKitchen.Fixtures;
using Microsoft.Playwright;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// How far behind the kitchen a page is: the camera's picture bears the time it was made at as black and white squares, which the page
/// reads from what it shows. Beside it what ffmpeg's plain HLS gives, and what the relay gives beside nginx serving the same bytes.
/// </summary>
internal static class LiveBench
{
    private const int Seconds = 30;
    private const int Warm = 5;
    private const int Cold = 3;
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(18);

    // Milliseconds of this machine's clock, the lowest bit first, in squares of 16 pixels over the demo's kitchen (640×360).
    internal const string Clock =
        "[0:v]fps=25,split[p][q];[q]crop=512:16:0:0,format=gray,settb=1/1000,setpts=mod(RTCTIME/1000\\,4294967296),geq=lum='255*mod(floor(T*1000/pow(2\\,floor(X/16)))\\,2)',setpts=N*40,"
        + "format=yuv420p[code];[p]settb=1/1000,setpts=N*40[picture];[picture][code]overlay=0:0";

    // Reads the squares of every frame that is shown, and when the first one was.
    private const string Reader = """
        (() => {
          const canvas = document.createElement("canvas");
          const context = canvas.getContext("2d", { willReadFrequently: true });
          window.delays = [];
          const read = (video) => {
            canvas.width = 512; canvas.height = 8;
            context.drawImage(video, 0, video.videoHeight * 4 / 360, video.videoWidth * 512 / 640, video.videoHeight * 8 / 360, 0, 0, 512, 8);
            const data = context.getImageData(0, 0, 512, 8).data;
            let code = 0;
            for (let bit = 31; bit >= 0; bit--) code = code * 2 + (data[(4 * 512 + bit * 16 + 8) * 4] > 127 ? 1 : 0);
            const late = (Date.now() % 4294967296) - code;
            if (late > -1000 && late < 60000) { window.delays.push(late); window.firstPicture ??= performance.now(); }
          };
          const look = (video) => video.requestVideoFrameCallback(() => { read(video); look(video); });
          const known = new Set();
          setInterval(() => document.querySelectorAll("video").forEach((v, i) => { if (i === 0 && !known.has(v)) { known.add(v); look(v); } }), 20);
        })()
        """;

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            List<Figure> figures = [.. await GlassAsync(folder, say)];
            figures.AddRange(await RelayBench.RunAsync(folder, say));
            return figures;
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<List<Figure>> GlassAsync(string folder, Action<string> say)
    {
        await using var cameras = await CameraServer.StartAsync(
            Path.Combine(folder, "clock"),
            [new("/clock", Path.Combine(Repository.Pictures, "line-sub.ts")) { Graph = Clock }]
        );
        await using var kitchen = await DemoKitchen.StartAsync(
            Path.Combine(folder, "kitchen"),
            new(),
            box => Watch(box, cameras.Url("/clock")),
            say,
            CancellationToken.None
        );
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"] }
        );
        var (manager, parent) = (await SignInAsync(browser, kitchen, "manager"), await SignInAsync(browser, kitchen, "parent"));
        var (clear, school) = (
            new Uri(kitchen.ServerAddress, "/live?across=1").ToString(),
            new Uri(kitchen.ServerAddress, "/school").ToString()
        );

        say("first pictures, relayed and cold …");
        await FirstAsync(parent, school);
        List<double> publicCold = [],
            publicWarm = [],
            clearCold = [],
            clearWarm = [];
        for (var i = 0; i < Cold; i++)
        {
            await parent.GotoAsync("about:blank");
            await Task.Delay(Forgotten);
            publicCold.Add(await FirstAsync(parent, school));
            clearCold.Add(await FirstAsync(manager, clear));
        }

        var (second, third) = (await parent.Context.NewPageAsync(), await manager.Context.NewPageAsync());
        for (var i = 0; i < Warm; i++)
        {
            publicWarm.Add(await FirstAsync(second, school));
            clearWarm.Add(await FirstAsync(third, clear));
        }

        await second.CloseAsync();
        await third.CloseAsync();
        say($"glass to glass for {Seconds} s, the clear picture, then the blurred one …");
        await parent.GotoAsync("about:blank");
        var glass = await DelaysAsync(manager);
        await FirstAsync(parent, school);
        await manager.GotoAsync("about:blank");
        var blurred = await DelaysAsync(parent);
        await parent.GotoAsync("about:blank");
        say("ffmpeg's plain HLS in the same browser …");
        var plain = await PlainAsync(folder, browser, kitchen, cameras);
        return
        [
            new(
                "live.glass_p50_ms",
                Percentile(glass, 0.5),
                "ms",
                "camera's burnt-in clock to the page's pixels, clear picture, fragments of half a second; the limit is 1500",
                glass.Count
            ),
            new("live.glass_p95_ms", Percentile(glass, 0.95), "ms", "the limit is 2500", glass.Count),
            new(
                "live.public_glass_p50_ms",
                Percentile(blurred, 0.5),
                "ms",
                "the blurred picture, which goes through the models; the limit is 1500",
                blurred.Count
            ),
            new("live.public_glass_p95_ms", Percentile(blurred, 0.95), "ms", "the limit is 2500", blurred.Count),
            new(
                "live.ffmpeg_hls_p50_ms",
                Percentile(plain, 0.5),
                "ms",
                "for orientation: ffmpeg -c copy -f hls -hls_time 2 and hls.js",
                plain.Count
            ),
            new(
                "live.first_picture_ms",
                Percentile(publicWarm, 0.5),
                "ms",
                "opening a parent's page to its first picture, already relayed; the limit is 1000",
                Warm
            ),
            new("live.first_picture_cold_ms", Percentile(publicCold, 0.5), "ms", "nobody watched before; the limit is 2500", Cold),
            new("live.first_clear_ms", Percentile(clearWarm, 0.5), "ms", "a manager's page, already relayed; the limit is 1000", Warm),
            new("live.first_clear_cold_ms", Percentile(clearCold, 0.5), "ms", "nobody watched before; the limit is 2500", Cold),
        ];
    }

    // The demo's first camera becomes the clock; the box records and looks at the other one as always.
    internal static void Watch(JsonObject box, string url)
    {
        var camera = box["Cameras"]!["Cameras"]![0]!.AsObject();
        camera["Url"] = url;
        foreach (var name in new[] { "SubUrl", "User", "Password" })
            camera.Remove(name);
    }

    internal static async Task<IPage> SignInAsync(IBrowser browser, DemoKitchen kitchen, string name)
    {
        var page = await WebBench.SignInAsync(browser, kitchen.ServerAddress, name, kitchen.Password, name == "parent" ? 390 : 1280);
        await page.Context.AddInitScriptAsync(Reader);
        return page;
    }

    internal static async Task<double> FirstAsync(IPage page, string address)
    {
        await page.GotoAsync(address);
        try
        {
            await page.WaitForFunctionAsync("() => window.firstPicture", null, new() { Timeout = 60_000 });
        }
        catch (TimeoutException e)
        {
            var state = await page.EvaluateAsync<string>(
                "() => [...document.querySelectorAll('[data-live]')].map(f => "
                    + "`${f.className} ${f.dataset.shows} ${f.querySelector('video').currentTime} "
                    + "${f.querySelector('.live-note').textContent}`).join('; ')"
            );
            await page.ScreenshotAsync(
                new()
                {
                    Path = Path.Combine(Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts")).FullName, "bench-live.png"),
                }
            );
            throw new InvalidOperationException($"{address} shows no clock that can be read ({state}); see artifacts/bench-live.png.", e);
        }

        return await page.EvaluateAsync<double>("() => window.firstPicture");
    }

    private static async Task<List<double>> DelaysAsync(IPage page)
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        await page.EvaluateAsync("() => { window.delays = []; }");
        await Task.Delay(TimeSpan.FromSeconds(Seconds));
        return [.. (await page.EvaluateAsync<double[]>("() => window.delays")).Order()];
    }

    private static async Task<List<double>> PlainAsync(string folder, IBrowser browser, DemoKitchen kitchen, CameraServer cameras)
    {
        var files = Directory.CreateDirectory(Path.Combine(folder, "hls")).FullName;
        await using var nginx = await NginxServer.StartAsync(
            Path.Combine(folder, "nginx-hls"),
            kitchen.ServerAddress,
            CancellationToken.None,
            files
        );
        await using var ffmpeg = Child.Start(
            "ffmpeg",
            "ffmpeg",
            Path.Combine(folder, "hls.log"),
            [
                "-hide_banner",
                "-loglevel",
                "error",
                "-rtsp_transport",
                "tcp",
                "-i",
                cameras.Url("/clock"),
                "-c",
                "copy",
                "-f",
                "hls",
                "-hls_time",
                "2",
                "-hls_flags",
                "delete_segments",
                Path.Combine(files, "live.m3u8"),
            ]
        );
        for (var i = 0; i < 100 && !File.Exists(Path.Combine(files, "live.m3u8")); i++)
            await Task.Delay(200);
        var page = await (await browser.NewContextAsync(new() { BypassCSP = true })).NewPageAsync();
        await page.Context.AddInitScriptAsync(Reader);
        await page.GotoAsync(new Uri(nginx.Address, "/sign-in").ToString());
        await page.AddScriptTagAsync(new() { Path = Repository.Npm("hls.js/dist/hls.light.min.js") });
        await page.EvaluateAsync(
            """
            () => {
              const video = document.createElement("video");
              video.muted = true;
              document.body.prepend(video);
              const hls = new Hls();
              hls.loadSource("/bench-files/live.m3u8");
              hls.attachMedia(video);
              video.play();
            }
            """
        );
        await page.WaitForFunctionAsync("() => window.firstPicture", null, new() { Timeout = 60_000 });
        var delays = await DelaysAsync(page);
        await page.Context.CloseAsync();
        return delays;
    }

    private static double Percentile(IReadOnlyList<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[Math.Min((int)(sorted.Count * share), sorted.Count - 1)];
    }
}
