using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;

namespace BrightKitchen.Benchmarks;

/// <summary>The relay's fragments beside the same bytes from nginx, and how many viewers a core carries.</summary>
internal static partial class RelayBench
{
    private const int Rounds = 15;
    private const int Connections = 32;
    private const int RoundSeconds = 2;
    private const int Viewers = 500;
    private const int ViewedSeconds = 20;

    // 500 kbit/s.
    private const int FragmentMs = 400;
    private const int FragmentBytes = 25_000;
    private const int SegmentFragments = 5;
    private static readonly CameraId Camera = CameraId.Parse("line", null);

    /// <summary>These alone; they are part of the bench <c>live</c>.</summary>
    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-bench-").FullName;
        try
        {
            return await RunAsync(folder, say);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    public static async Task<List<Figure>> RunAsync(string folder, Action<string> say)
    {
        await using var server = await CentralServerProcess.StartAsync(
            Path.Combine(folder, "relay"),
            Path.Combine(folder, "relay.log"),
            LoopbackPort.Free(),
            BenchCity.Password,
            CancellationToken.None,
            ["--Serilog:MinimumLevel:Default", "Warning"]
        );
        IReadOnlyList<BenchBox> boxes;
        await using (var db = BenchCity.Sqlite(Path.Combine(folder, "relay")))
            boxes = await BenchCity.FillAsync(db, 1);
        await using var box = boxes[0];
        await box.ConnectAsync(server.Address);
        await box.ReportCameraAsync(Camera);
        var files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
        await using var nginx = await NginxServer.StartAsync(Path.Combine(folder, "nginx"), server.Address, CancellationToken.None, files);
        var cookies = new CookieContainer();
        using var viewer = await BenchCity.SignInAsync(server.Address, BenchCity.Principal(0), cookies);
        var source = $"/live/{box.Id}/{Camera}";
        (await viewer.GetAsync(source)).Dispose();
        using var stop = new CancellationTokenSource();
        var feed = FeedAsync(box, server.Address, stop.Token);
        await Task.Delay(FragmentMs * (SegmentFragments + 2));

        (await viewer.GetAsync(source)).Dispose();
        var cookie = cookies.GetCookieHeader(server.Address);
        say(
            $"a fragment of {FragmentBytes / 1000} kB and a segment of {FragmentBytes * SegmentFragments / 1000} kB from the relay "
                + $"and from nginx, {Rounds} times {RoundSeconds} s each …"
        );
        await File.WriteAllBytesAsync(Path.Combine(files, "part"), new byte[FragmentBytes]);
        await File.WriteAllBytesAsync(Path.Combine(files, "segment"), new byte[FragmentBytes * SegmentFragments]);
        List<(double Ours, double Theirs)> parts = [],
            segments = [];
        // What was compiled a moment ago is compiled better once it has run for a while: the first rounds do not count. Many short ones, as
        // the machine's own pace changes.
        for (var round = -2; round < Rounds; round++)
        {
            foreach (
                var (into, file, what) in new (List<(double, double)> Into, string File, Func<LiveWindow, string> What)[]
                {
                    (parts, "part", w => $"{w.Epoch}/{w.Key}"),
                    (segments, "segment", w => $"{w.Epoch}/{w.Key - SegmentFragments}-{w.Key - 1}"),
                }
            )
            {
                var window = (await viewer.GetFromJsonAsync<LiveWindow>(source))!;
                var rates = (
                    await RateAsync(new Uri(server.Address, $"{source}/{what(window)}?t={window.Ticket}"), cookie),
                    await RateAsync(new Uri(nginx.Address, $"/bench-files/{file}"), cookie)
                );
                if (round >= 0)
                    into.Add(rates);
            }
        }

        say($"{Viewers} viewers for {ViewedSeconds} s, at the server and through nginx …");
        var (direct, late) = await ViewAsync(server.Address, source, cookie, () => server.Child.ProcessorSeconds);
        var (proxied, _) = await ViewAsync(nginx.Address, source, cookie, () =>
            server.Child.ProcessorSeconds + nginx.Child.ProcessorSeconds
        );
        await stop.CancelAsync();
        await feed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var requests = (long)(parts.Concat(segments).Sum(p => p.Ours) * RoundSeconds);
        return
        [
            new(
                "live.vs_nginx",
                Math.Min(Median(parts), Median(segments)),
                "x",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"of nginx's rate for the same bytes, the worse of both sizes, {Connections} connections by wrk; parts "
                        + $"{Median(parts):0.00} ({parts[^1].Ours:0}/s), segments {Median(segments):0.00} ({segments[^1].Ours:0}/s); "
                        + $"the limit is 0.8"
                ),
                requests
            ),
            new(
                "live.viewers_per_core",
                Viewers / direct,
                "viewers",
                "at 500 kbit/s, each waiting for every fragment, plain HTTP",
                Viewers
            ),
            new(
                "live.viewers_per_core_nginx",
                Viewers / proxied,
                "viewers",
                "the same through nginx, its and the server's processor time",
                Viewers
            ),
            new(
                "live.fragment_late_ms",
                late,
                "ms",
                "p95 from the box's sending to a viewer's having it, those viewers on the same two cores",
                Viewers
            ),
        ];
    }

    // As a box does, until it is stopped. Each fragment begins with when it was sent.
    private static async Task FeedAsync(BenchBox box, Uri server, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = server };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(FragmentMs));
        await box.PutAsync(client, BoxRoutes.LiveInit(box.Id, Camera, Rendition.Clear, 7) + "?codec=avc1.64001f", new byte[800], stop);
        for (long number = 0; await timer.WaitForNextTickAsync(stop); number++)
        {
            var bytes = new byte[FragmentBytes];
            BitConverter.TryWriteBytes(bytes, Stopwatch.GetTimestamp());
            await box.PutAsync(
                client,
                BoxRoutes.LiveFragment(
                    box.Id,
                    Camera,
                    Rendition.Clear,
                    7,
                    number,
                    number % SegmentFragments == 0,
                    TimeSpan.FromMilliseconds(FragmentMs)
                ),
                bytes,
                stop
            );
        }
    }

    private static async Task<(double Cores, double LateMs)> ViewAsync(Uri address, string source, string cookie, Func<double> processor)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, MaxConnectionsPerServer = Viewers + 8 })
        {
            BaseAddress = address,
        };
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        var window = (await client.GetFromJsonAsync<LiveWindow>(source))!;
        var ticket = window.Ticket;
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(ViewedSeconds + 2));
        var late = new System.Collections.Concurrent.ConcurrentBag<double>();
        var viewers = Enumerable.Range(0, Viewers).Select(_ => WatchAsync()).ToList();
        var renewing = RenewAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        var before = processor();
        await Task.Delay(TimeSpan.FromSeconds(ViewedSeconds - 2));
        var cores = (processor() - before) / (ViewedSeconds - 2);
        await Task.WhenAll(viewers.Append(renewing));
        var sorted = late.Order().ToList();
        return (cores, sorted.Count == 0 ? double.NaN : sorted[(int)(sorted.Count * 0.95)]);

        async Task RenewAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromSeconds(7), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ticket = (await client.GetFromJsonAsync<LiveWindow>(source))!.Ticket;
            }
        }

        async Task WatchAsync()
        {
            for (var number = window.Last + 1; !stop.IsCancellationRequested; number++)
            {
                var bytes = await client.GetByteArrayAsync($"{source}/{window.Epoch}/{number}?t={ticket}");
                late.Add(Stopwatch.GetElapsedTime(BitConverter.ToInt64(bytes)).TotalMilliseconds);
            }
        }
    }

    private static async Task<double> RateAsync(Uri address, string cookie)
    {
        var start = new ProcessStartInfo(
            "wrk",
            ["-t", "1", "-c", $"{Connections}", "-d", $"{RoundSeconds}s", "-H", $"Cookie: {cookie}", address.ToString()]
        )
        {
            RedirectStandardOutput = true,
        };
        using var wrk = Process.Start(start)!;
        var text = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        return !text.Contains("Non-2xx", StringComparison.Ordinal) && Rate().Match(text) is { Success: true } rate
            ? double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"wrk did not measure {address.AbsolutePath}: {text}");
    }

    private static double Median(List<(double Ours, double Theirs)> rounds) =>
        rounds.Select(r => r.Ours / r.Theirs).Order().ElementAt(rounds.Count / 2);

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();
}
