using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using BrightKitchen.Fixtures;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Two servers side by side on one PostgreSQL, one Redis and one bucket, each with a folder of its own.</summary>
[AnyDatabase("always on PostgreSQL, in every round")]
public sealed class TwoServersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_watcher_on_one_sees_what_a_box_tells_the_other_also_after_one_is_killed()
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-two-").FullName;
        try
        {
            await using var postgres = await PostgresServer.StartAsync(Cancel);
            await using var redis = await RedisServer.StartAsync(Cancel);
            await using var s3 = await S3Server.StartAsync(folder, LoopbackPort.Free(), Cancel);
            string[] common =
            [
                .. s3.Arguments,
                "--ConnectionStrings:Postgres",
                postgres.NewDatabase(),
                "--ConnectionStrings:Redis",
                redis.Configuration,
            ];
            await using var first = await StartAsync(folder, "first", common);
            await using var second = await StartAsync(folder, "second", common);

            // Signed in at the one, known at the other.
            using var inspector = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = first.Address };
            await RunningServer.SignInAsync(inspector, "inspector");
            using var box = new TestBox(second.Address);
            await RunningServer.EnrolAsync(second, box, Cancel);
            using var page = await inspector.GetAsync("/findings/feed", HttpCompletionOption.ResponseHeadersRead, Cancel);
            using var feed = new StreamReader(await page.Content.ReadAsStreamAsync(Cancel));
            await UntilAsync(feed, "event: beat");
            var one = TestBox.Finding();
            await using (var hub = await box.ConnectAsync())
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), one, Cancel);
            await UntilAsync(feed, $"data: {one.Id}");
            (await inspector.GetAsync($"/findings/{one.Id}/card", Cancel)).EnsureSuccessStatusCode();

            // A still that the box gave to the second is seen at the first.
            byte[] still = [0xff, 0xd8, 0xff, 5, 6, 7];
            (
                await box.SendAsync(
                    one.Id,
                    EvidencePart.Still,
                    new ByteArrayContent(still),
                    0,
                    still.Length,
                    Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(still))
                )
            ).EnsureSuccessStatusCode();
            (await inspector.GetByteArrayAsync($"/findings/{one.Id}/still", Cancel)).ShouldBe(still);

            // An order given at the first reaches a box that is connected to the second.
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (var hub = await box.ConnectAsync())
            {
                hub.On<IReadOnlyList<FindingId>>(nameof(IBoxClient.Hold), ids =>
                {
                    if (ids.Contains(one.Id))
                        held.TrySetResult();
                });
                await RunningServer.PostFormAsync(
                    inspector,
                    $"/findings/{one.Id}",
                    $"/findings/{one.Id}/hold",
                    new() { ["held"] = "true" }
                );
                await held.Task.WaitAsync(Patience, Cancel);
            }

            await second.Child.KillAsync();
            using var moved = box.At(first.Address);
            var two = TestBox.Finding();
            await using (var hub = await moved.ConnectAsync())
                await hub.InvokeAsync(nameof(IBoxHub.ReportFinding), two, Cancel);
            await UntilAsync(feed, $"data: {two.Id}");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task A_cameras_sender_and_its_viewers_meet_at_one_server_behind_the_shipped_nginx()
    {
        const int cameras = 16;
        var folder = Directory.CreateTempSubdirectory("brightkitchen-meet-").FullName;
        try
        {
            await using var postgres = await PostgresServer.StartAsync(Cancel);
            await using var redis = await RedisServer.StartAsync(Cancel);
            var database = postgres.NewDatabase();
            string[] common = ["--ConnectionStrings:Postgres", database, "--ConnectionStrings:Redis", redis.Configuration];
            await using var first = await StartAsync(folder, "first", common);
            await using var second = await StartAsync(folder, "second", common);
            await using var nginx = await NginxServer.StartAsync(
                Path.Combine(folder, "nginx"),
                first.Address,
                Cancel,
                others: [second.Address]
            );
            using var viewer = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = nginx.Address };
            using var direct = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = first.Address };
            await RunningServer.SignInAsync(viewer, "inspector");
            await RunningServer.SignInAsync(direct, "inspector");
            using var box = new TestBox(nginx.Address);
            await RunningServer.EnrolAsync(first, box, Cancel);
            string visit;
            await using (var db = InProcessCodes.Open(first))
            {
                var boxes = db.Boxes;
                visit = await db
                    .Sites.Where(s => boxes.Any(b => b.Id == box.Id && b.SiteId == s.Id))
                    .Select(s => s.VisitToken)
                    .SingleAsync(Cancel);
            }

            var watched = new ConcurrentDictionary<(CameraId, Rendition), bool>();
            await using var hub = await box.ConnectAsync();
            hub.On<CameraId, bool>(nameof(IBoxClient.Watch), (camera, on) =>
            {
                watched[(camera, Rendition.Clear)] = on;
            });
            hub.On<CameraId, bool>(nameof(IBoxClient.WatchPublic), (camera, on) =>
            {
                watched[(camera, Rendition.Public)] = on;
            });
            var all = Enumerable.Range(0, cameras).Select(i => CameraId.Parse($"camera-{i}", null)).ToList();
            await hub.InvokeAsync(
                nameof(IBoxHub.ReportCameras),
                all.ConvertAll(c => new CameraHealth(c, "", CameraStates.Live, "", TimeProvider.System.GetUtcNow())),
                Cancel
            );
            var atFirst = 0;
            foreach (var camera in all)
            {
                await WatchAsync(viewer, box, watched, camera, Rendition.Clear, $"/live/{box.Id}/{camera}");
                using var here = await direct.GetAsync($"/live/{box.Id}/{camera}", Cancel);
                atFirst += here.StatusCode == HttpStatusCode.OK ? 1 : 0;
                await WatchAsync(viewer, box, watched, camera, Rendition.Public, $"/public/{box.Id}/{camera}");
                await WatchAsync(viewer, box, watched, camera, Rendition.Public, $"/visit/{visit}/live/{box.Id}/{camera}");
            }

            atFirst.ShouldBeInRange(1, cameras - 1, "both servers have cameras");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    // Asks for the picture, sends it as the box does once it is told to, and looks at it with a ticket, all of it through nginx.
    private static async Task WatchAsync(
        HttpClient viewer,
        TestBox box,
        ConcurrentDictionary<(CameraId, Rendition), bool> watched,
        CameraId camera,
        Rendition rendition,
        string source
    )
    {
        using (var asked = await viewer.GetAsync(source, Cancel))
            asked.StatusCode.ShouldBeOneOf(HttpStatusCode.NoContent, HttpStatusCode.OK);
        await Until.Async(() => watched.GetValueOrDefault((camera, rendition)));
        var epoch = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var bytes = System.Security.Cryptography.RandomNumberGenerator.GetBytes(2000);
        using var sender = box.Client();
        foreach (
            var address in new[]
            {
                BoxRoutes.LiveInit(box.Id, camera, rendition, epoch) + "?codec=avc1.64001f",
                BoxRoutes.LiveFragment(box.Id, camera, rendition, epoch, 0, key: true, TimeSpan.FromSeconds(1)),
            }
        )
        {
            using var sent = await sender.PutAsync(address, new ByteArrayContent(bytes), Cancel);
            sent.StatusCode.ShouldBe(HttpStatusCode.NoContent, $"{source}: the box sends to the server where somebody watches");
        }

        var window = (await viewer.GetFromJsonAsync<LiveWindow>(source, Cancel)).ShouldNotBeNull(source);
        using var seen = await viewer.GetAsync($"{source}/{epoch}/{window.Key}?t={window.Ticket}", Cancel);
        seen.StatusCode.ShouldBe(HttpStatusCode.OK, $"{source}: ticket and fragment are of one server");
        (await seen.Content.ReadAsByteArrayAsync(Cancel)).ShouldBe(bytes);
    }

    private static Task<CentralServerProcess> StartAsync(string folder, string name, string[] common) =>
        CentralServerProcess.StartAsync(
            Path.Combine(folder, name),
            Path.Combine(folder, name + ".log"),
            LoopbackPort.Free(),
            RunningServer.Password,
            Cancel,
            ["--Enrolment:TriesPerMinute", "1000", .. common]
        );

    private static async Task UntilAsync(StreamReader feed, string line)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        while (await feed.ReadLineAsync(patience.Token) is { } read)
        {
            if (read == line)
                return;
        }

        Assert.Fail("The feed ended.");
    }
}
