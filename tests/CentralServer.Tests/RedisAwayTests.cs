using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>A real Redis is killed under a server that uses it, and comes back.</summary>
public sealed class RedisAwayTests
{
    private static readonly CameraId Line = CameraId.Parse("line", null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_redis_decisions_stay_committed_watching_works_on_and_the_server_runs()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-redis-").FullName;
        try
        {
            await using var redis = await RedisServer.StartAsync(Cancel);
            await using var server = await CentralServerProcess.StartAsync(
                Path.Combine(folder, "data"),
                Path.Combine(folder, "server.log"),
                LoopbackPort.Free(),
                RunningServer.Password,
                Cancel,
                ["--Enrolment:TriesPerMinute", "1000", "--ConnectionStrings:Redis", redis.Configuration]
            );
            using var box = new TestBox(server.Address);
            await RunningServer.EnrolAsync(server, box, Cancel);
            using var inspector = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };
            await RunningServer.SignInAsync(inspector, "inspector");
            var (one, two, alone, watched) = (TestBox.Finding(), TestBox.Finding(), TestBox.Finding(), 0);
            await using (var hub = await ConnectedAsync(box, () => watched++))
            {
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), one, Cancel);
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), alone, Cancel);
                await Until.Async(() => WatchingAsync(inspector, box, () => watched > 0));
                await redis.KillAsync();

                // Watched on for as long as ended the server before, and an order still reaches the agent that is connected here.
                var before = watched;
                await Until.Async(() => WatchingAsync(inspector, box, () => watched > before + 2));
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), two, Cancel);
                (await DecideAsync(inspector, one.Id)).ShouldBe((HttpStatusCode.OK, "{}"));
            }

            // No agent is here now: both watching and a decision go to Redis, which is away, for as long as ended the server before.
            for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(15); await Task.Delay(500, Cancel))
                (await inspector.GetAsync($"/live/{box.Id}/{Line}", Cancel)).Dispose();
            (await DecideAsync(inspector, alone.Id)).ShouldBe((HttpStatusCode.OK, "{}"));
            server.Child.Running.ShouldBeTrue();

            // One that connects meanwhile gets in, and is asked to connect again when Redis is back.
            var (late, closed) = (TestBox.Finding(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await using (var hub = await ConnectedAsync(box, () => watched++))
            {
                hub.Closed += _ =>
                {
                    closed.TrySetResult();
                    return Task.CompletedTask;
                };
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), late, Cancel);
                var before = watched;
                await Until.Async(() => WatchingAsync(inspector, box, () => watched > before));
                (await DecideAsync(inspector, two.Id)).ShouldBe((HttpStatusCode.OK, "{}"));
                (await FailedAsync(inspector)).ShouldBeGreaterThan(0, "what could not be sent is counted");
                await redis.RestartAsync(Cancel);
                await closed.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
            }

            await using (var hub = await ConnectedAsync(box, () => watched++))
                (await DecideAsync(inspector, late.Id)).ShouldBe((HttpStatusCode.OK, "{}"));
            server.Child.Running.ShouldBeTrue();
            foreach (var id in new[] { one.Id, two.Id, alone.Id, late.Id })
                (await inspector.GetStringAsync($"/findings/{id}", Cancel)).ShouldContain("step-dismiss");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static async Task<HubConnection> ConnectedAsync(TestBox box, Action watch)
    {
        var hub = await box.ConnectAsync();
        hub.On<CameraId, bool>(nameof(IBoxClient.Watch), (_, on) =>
        {
            if (on)
                watch();
        });
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) },
            Cancel
        );
        return hub;
    }

    private static async Task<bool> WatchingAsync(HttpClient viewer, TestBox box, Func<bool> holds)
    {
        using var answer = await viewer.GetAsync($"/live/{box.Id}/{Line}", Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        return holds();
    }

    private static async Task<(HttpStatusCode Status, string Refused)> DecideAsync(HttpClient inspector, FindingId id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/desk/decisions")
        {
            Content = JsonContent.Create(
                new
                {
                    step = "dismiss",
                    text = "nobody there",
                    ids = new[] { id },
                }
            ),
        };
        request.Headers.Add("RequestVerificationToken", RunningServer.TokenOf(await inspector.GetStringAsync("/account", Cancel)));
        using var answer = await inspector.SendAsync(request, Cancel);
        var said = await answer.Content.ReadAsStringAsync(Cancel);
        return (
            answer.StatusCode,
            answer.IsSuccessStatusCode ? System.Text.Json.JsonDocument.Parse(said).RootElement.GetProperty("refused").GetRawText() : said
        );
    }

    private static async Task<double> FailedAsync(HttpClient client) =>
        (await client.GetStringAsync("/metrics", Cancel))
            .Split('\n')
            .Where(l => l.StartsWith("brightkitchen_notifications_failed_total", StringComparison.Ordinal))
            .Sum(l => double.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));
}
