using BrightKitchen.Contracts;
using BrightKitchen.KitchenStack;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Two servers side by side on one PostgreSQL, one Redis and one bucket, each with a folder of its own.</summary>
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
            string[] common = [.. s3.Arguments, "--ConnectionStrings:Postgres", postgres.NewDatabase(), "--ConnectionStrings:Redis", redis.Configuration];
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
            (await box.SendAsync(one.Id, EvidencePart.Still, new ByteArrayContent(still), 0, still.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(still)))).EnsureSuccessStatusCode();
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
                await RunningServer.PostFormAsync(inspector, $"/findings/{one.Id}", $"/findings/{one.Id}/hold", new() { ["held"] = "true" });
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

    private static Task<CentralServerProcess> StartAsync(string folder, string name, string[] common) => CentralServerProcess.StartAsync(
        Path.Combine(folder, name), Path.Combine(folder, name + ".log"), LoopbackPort.Free(), RunningServer.Password, Cancel, ["--Enrolment:TriesPerMinute", "1000", .. common]);

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
