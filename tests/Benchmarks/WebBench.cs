using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Seeding;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// What pages weigh and how soon they show something on a slow line, and how long the inspector's desk takes from a key to the next clip.
/// Chromium, beside limits.
/// </summary>
internal static class WebBench
{
    private const int Findings = 60;
    private const int Decisions = 50;
    private const int Rounds = 5;
    private const int SlowBytesPerSecond = 400_000 / 8;

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            var data = Path.Combine(folder, "data");
            await using var server = await CentralServerProcess.StartAsync(
                data,
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                BenchCity.Password,
                CancellationToken.None,
                ["--Serilog:MinimumLevel:Default", "Warning", "--SignIn:TriesPerMinute", "1000"]
            );
            IReadOnlyList<BenchBox> boxes;
            await using (var db = BenchCity.Sqlite(data))
            {
                boxes = await BenchCity.FillAsync(db, 1);
                await PublicAsync(db);
            }

            await using var box = boxes[0];
            await box.ConnectAsync(server.Address);
            say($"{Findings} findings with clips of the demo's camera …");
            await EvidenceAsync(box, server.Address, folder);
            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.LaunchAsync(
                new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"] }
            );
            say($"a parent's page, {Rounds} times with nothing kept, at {SlowBytesPerSecond * 8 / 1000} kbit/s …");
            var (weights, contents) = (new List<double>(), new List<double>());
            for (var i = 0; i < Rounds; i++)
            {
                var (kilobytes, content) = await FirstLoadAsync(browser, server.Address);
                weights.Add(kilobytes);
                contents.Add(content);
            }

            say($"{Decisions} decisions by keyboard …");
            var times = await DecideAsync(browser, server.Address);
            return
            [
                new("web.parent_kb", weights.Max(), "kB", "everything of a parent's first load without video; the limit is 200", Rounds),
                new(
                    "web.parent_first_content_ms",
                    contents.Order().ElementAt(Rounds / 2),
                    "ms",
                    "first contentful paint at 400 kbit/s and 150 ms; the limit is 3000",
                    Rounds
                ),
                new(
                    "web.inspector_next_ms",
                    times[(int)(times.Count * 0.95)],
                    "ms",
                    $"p95 from a key to the next clip's first frame; the limit is 300; p50 {times[times.Count / 2]:0}",
                    times.Count
                ),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    // What a month leaves on a school's page.
    private static async Task PublicAsync(CentralServer.Data.CentralDb db)
    {
        var site = await db.Sites.SingleAsync(s => s.Name == DemoPeople.SiteName);
        var now = TimeProvider.System.GetUtcNow();
        db.Boxes.Add(
            new Box
            {
                Id = "none",
                SiteId = site.Id,
                Name = "none",
                PublicKey = "",
                EnrolledAt = now,
                RevokedAt = now,
            }
        );
        for (var i = 0; i < 40; i++)
        {
            var id = FindingId.New(now.AddHours(-i * 11)).ToString();
            db.Findings.Add(
                new Finding
                {
                    Id = id,
                    BoxId = "none",
                    SiteId = site.Id,
                    Camera = "line",
                    Zone = "备餐区",
                    Kind = FindingKinds.All[i % 8],
                    OpenedAt = now.AddHours(-i * 11),
                    ReceivedAt = now,
                    Stage = Stages.Closed,
                    OverAt = now,
                }
            );
            db.FindingSteps.Add(
                new FindingStep
                {
                    FindingId = id,
                    At = now,
                    PersonId = "",
                    Step = Steps.Rectify,
                    Text = "已当场整改并对全体厨房人员培训",
                }
            );
        }

        await db.SaveChangesAsync();
    }

    private static async Task EvidenceAsync(BenchBox box, Uri server, string folder)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = server };
        for (var i = 0; i < Findings; i++)
        {
            // Six seconds of the demo's 1080p stream each, from another place.
            var file = Path.Combine(folder, "clip.mp4");
            using (
                var ffmpeg = Process.Start(
                    new ProcessStartInfo(
                        "ffmpeg",
                        [
                            "-hide_banner",
                            "-loglevel",
                            "error",
                            "-y",
                            "-ss",
                            $"{i % 15}",
                            "-i",
                            Path.Combine(Repository.Pictures, "line-main.ts"),
                            "-t",
                            "6",
                            "-an",
                            "-c",
                            "copy",
                            "-movflags",
                            "+frag_keyframe+empty_moov+default_base_moof",
                            "-frag_duration",
                            "500000",
                            file,
                        ]
                    )
                )!
            )
                await ffmpeg.WaitForExitAsync();
            var clip = await File.ReadAllBytesAsync(file);
            var finding = BenchBox.Finding() with
            {
                Camera = CameraId.Parse(string.Create(CultureInfo.InvariantCulture, $"camera-{i}"), null),
            };
            await box.ReportAsync(finding);
            await box.UploadAsync(client, finding.Id, EvidencePart.Clip, clip, Convert.ToHexStringLower(SHA256.HashData(clip)));
        }
    }

    private static async Task<(double Kilobytes, double ContentMs)> FirstLoadAsync(IBrowser browser, Uri server)
    {
        var page = await SignInAsync(browser, server, "parent", BenchCity.Password, 390);
        var tools = await page.Context.NewCDPSessionAsync(page);
        await tools.SendAsync("Network.enable");
        await tools.SendAsync("Network.setCacheDisabled", new() { ["cacheDisabled"] = true });
        await tools.SendAsync(
            "Network.emulateNetworkConditions",
            new()
            {
                ["offline"] = false,
                ["latency"] = 150,
                ["downloadThroughput"] = SlowBytesPerSecond,
                ["uploadThroughput"] = SlowBytesPerSecond,
            }
        );
        var bytes = 0.0;
        tools.Event("Network.loadingFinished").OnEvent += (_, told) => bytes += told!.Value.GetProperty("encodedDataLength").GetDouble();
        await page.GotoAsync(new Uri(server, "/school").ToString(), new() { WaitUntil = WaitUntilState.Load });
        await page.WaitForFunctionAsync("() => performance.getEntriesByName('first-contentful-paint').length > 0");
        var content = await page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime");
        // What scripts ask for comes a moment later.
        await Task.Delay(1500);
        await page.Context.CloseAsync();
        return (bytes / 1000, content);
    }

    private static async Task<List<double>> DecideAsync(IBrowser browser, Uri server)
    {
        var page = await SignInAsync(browser, server, "inspector", BenchCity.Password, 1440);
        await page.GotoAsync(new Uri(server, "/desk").ToString());
        await page.WaitForFunctionAsync("() => document.querySelector('.desk video').currentTime > 0.5", null, new() { Timeout = 30_000 });
        for (var i = 0; i < Decisions; i++)
        {
            if (i % 3 == 2)
                await page.Keyboard.PressAsync("k");
            await page.Keyboard.PressAsync(i % 3 == 2 ? "1" : "j");
            await page.WaitForFunctionAsync("n => window.deskTimes.length >= n", i + 1, new() { Timeout = 30_000 });
            // Even the fastest looks a moment.
            await Task.Delay(400);
        }

        var times = (await page.EvaluateAsync<double[]>("() => window.deskTimes")).Order().ToList();
        await page.Context.CloseAsync();
        return times;
    }

    /// <summary>A fresh browser with somebody signed in, on the first page.</summary>
    internal static async Task<IPage> SignInAsync(IBrowser browser, Uri server, string name, string password, int width)
    {
        var page = await (
            await browser.NewContextAsync(
                new()
                {
                    ViewportSize = new() { Width = width, Height = 844 },
                }
            )
        ).NewPageAsync();
        await page.GotoAsync(server.ToString());
        await page.FillAsync("input[name=name]", name);
        await page.FillAsync("input[name=password]", password);
        await page.ClickAsync("form.sign-in button");
        await page.WaitForSelectorAsync("header nav");
        return page;
    }
}
