using System.Net;
using System.Net.Http.Json;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>The blurred picture's way from a box to a parent, and that the clear one does not take it.</summary>
public sealed class PublicLiveTests(RunningServer server)
{
    private static readonly CameraId Line = CameraId.Parse("line", null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_parents_asking_makes_the_box_send_the_blurred_picture_and_only_that()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var (blurred, clear) = (new TaskCompletionSource<CameraId>(TaskCreationOptions.RunContinuationsAsynchronously), false);
        hub.On<CameraId, bool>(nameof(IBoxClient.WatchPublic), (camera, on) => blurred.TrySetResult(camera));
        hub.On<CameraId, bool>(nameof(IBoxClient.Watch), (_, _) => clear = true);
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) },
            Cancel
        );

        using var parent = await server.SignInAsync("parent");
        var source = $"/public/{box.Id}/line";
        (await parent.GetAsync(source, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent, "the box was asked and has not sent yet");
        (await blurred.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe(Line);
        using (var early = await parent.GetAsync($"{source}/index.m3u8", Cancel))
        {
            early.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable, "of a 404 players take it that there is no such camera");
            early.Headers.RetryAfter.ShouldNotBeNull();
        }

        (await parent.GetAsync(source, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent, "whoever asks no more is forgotten");
        using var sending = box.Client();
        (await PutAsync(sending, BoxRoutes.LiveInit(box.Id, Line, Rendition.Public, 7) + "?codec=avc1.64001f", [1, 1])).ShouldBe(
            HttpStatusCode.NoContent
        );
        for (var i = 0; i < 3; i++)
            (
                await PutAsync(
                    sending,
                    BoxRoutes.LiveFragment(box.Id, Line, Rendition.Public, 7, i, i == 0, TimeSpan.FromMilliseconds(400)),
                    [(byte)i]
                )
            ).ShouldBe(HttpStatusCode.NoContent);
        var window = (await parent.GetFromJsonAsync<LiveWindow>(source, Cancel))!;
        (window with { Ticket = null }).ShouldBe(new(7, "avc1.64001f", 0, 2));
        var ticket = $"?t={window.Ticket}";
        (await parent.GetByteArrayAsync($"{source}/7{ticket}", Cancel)).ShouldBe([1, 1]);
        (await parent.GetByteArrayAsync($"{source}/7/2{ticket}", Cancel)).ShouldBe([2]);
        (await parent.GetByteArrayAsync($"{source}/7/0-1{ticket}", Cancel)).ShouldBe([0, 1]);
        (await parent.GetStringAsync($"{source}/index.m3u8", Cancel)).ShouldContain("URI=\"7/0-1?t=");
        (await parent.GetAsync($"/live/{box.Id}/line", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await parent.GetAsync($"/live/{box.Id}/line/7/2{ticket}", Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound,
            "the ticket is for the blurred picture"
        );
        clear.ShouldBeFalse("nobody asked for the clear picture");

        using var manager = await server.SignInAsync("manager");
        (await manager.GetAsync($"/live/{box.Id}/line", Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.NoContent,
            "the blurred picture is not the clear one"
        );
        (
            await PutAsync(sending, BoxRoutes.LiveFragment(box.Id, Line, Rendition.Clear, 7, 3, true, TimeSpan.FromMilliseconds(400)), [9])
        ).ShouldBe(HttpStatusCode.NotFound, "of the clear one nothing was begun");
        // Who asks counts for a few seconds: on a busy machine the parent's asking before is past.
        await Until.Async(async () =>
        {
            (await parent.GetAsync(source, Cancel)).EnsureSuccessStatusCode();
            (await manager.GetAsync($"/live/{box.Id}/line", Cancel)).EnsureSuccessStatusCode();
            return (await manager.GetStringAsync("/live", Cancel)).Contains("data-watching=\"2\"", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_fragments_address_opens_nothing_for_anybody_else_or_for_another_camera()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        var other = CameraId.Parse("other", null);
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { Line, other }.Select(c => new CameraHealth(c, "c", CameraStates.Live, "", TimeProvider.System.GetUtcNow())).ToArray(),
            Cancel
        );
        using var manager = await server.SignInAsync("manager");
        using var sending = box.Client();
        foreach (var camera in new[] { Line, other })
        {
            (await manager.GetAsync($"/live/{box.Id}/{camera}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            await PutAsync(sending, BoxRoutes.LiveInit(box.Id, camera, Rendition.Clear, 7) + "?codec=avc1.64001f", [1]);
            (
                await PutAsync(
                    sending,
                    BoxRoutes.LiveFragment(box.Id, camera, Rendition.Clear, 7, 0, true, TimeSpan.FromMilliseconds(400)),
                    [5]
                )
            ).ShouldBe(HttpStatusCode.NoContent);
        }

        var ticket = (await manager.GetFromJsonAsync<LiveWindow>($"/live/{box.Id}/line", Cancel))!.Ticket!;
        (await manager.GetAsync($"/live/{box.Id}/line/7/0?t={ticket}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var inspector = await server.SignInAsync("inspector");
        using var parent = await server.SignInAsync("parent");
        using var nobody = server.Client();
        var forged = ticket[..^1] + (ticket[^1] == '0' ? '1' : '0');
        var longer = "ffffffff" + ticket[ticket.IndexOf('-', StringComparison.Ordinal)..];
        foreach (
            var (client, path) in new[]
            {
                (inspector, $"line/7/0?t={ticket}"),
                (parent, $"line/7/0?t={ticket}"),
                (nobody, $"line/7/0?t={ticket}"),
                (nobody, $"line/7?t={ticket}"),
                (nobody, $"line/7/0-0?t={ticket}"),
                (manager, $"other/7/0?t={ticket}"),
                (manager, "line/7/0"),
                (manager, "line/7/0?t="),
                (manager, "line/7/0?t=-"),
                (manager, $"line/7/0?t={forged}"),
                (manager, $"line/7/0?t={longer}"),
                (manager, $"line/7/0?t={new string('a', 5000)}"),
            }
        )
        {
            (await client.GetAsync($"/live/{box.Id}/{path}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await nobody.GetAsync($"/live-ticket?source=/live/{box.Id}/line&t={ticket}", Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.Forbidden
        );
        (await manager.GetAsync($"/live-ticket?source=/live/{box.Id}/line&t={ticket}", Cancel)).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        using var stranger = await server.BoxAsync();
        using var strange = stranger.Client();
        (
            await PutAsync(strange, BoxRoutes.LiveFragment(box.Id, Line, Rendition.Clear, 7, 1, true, TimeSpan.FromMilliseconds(400)), [6])
        ).ShouldBe(HttpStatusCode.NotFound, "of another box nobody takes fragments");
    }

    [Fact]
    public void A_ticket_ends_by_the_clock()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var tickets = new BrightKitchen.CentralServer.Live.LiveTickets(time);
        var http = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        var request = http.Request;
        request.Headers.Cookie = $"live={new string('a', 32)}";
        request.QueryString = new($"?t={tickets.Issue(http, "/live/a/b", TimeSpan.FromSeconds(15))}");
        tickets.Fits(request, "/live/a/b").ShouldBeTrue();
        tickets.Fits(request, "/live/a/c").ShouldBeFalse();
        request.Headers.Cookie = $"live={new string('b', 32)}";
        tickets.Fits(request, "/live/a/b").ShouldBeFalse("of another browser");
        request.Headers.Cookie = $"live={new string('a', 32)}";
        time.Advance(TimeSpan.FromSeconds(15));
        tickets.Fits(request, "/live/a/b").ShouldBeTrue("it holds at least so long");
        time.Advance(TimeSpan.FromSeconds(16));
        tickets.Fits(request, "/live/a/b").ShouldBeFalse();
    }

    [Fact]
    public void What_a_stranger_sends_with_a_ticket_takes_no_memory_however_much_of_it_there_is()
    {
        var tickets = new BrightKitchen.CentralServer.Live.LiveTickets(
            new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_795_000_000))
        );
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        context.Request.Headers.Cookie = $"live={new string('a', 32)}";
        var ticket = tickets.Issue(context, "/live/a/b", TimeSpan.FromSeconds(15));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 3000; i++)
        {
            var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;
            request.QueryString = new($"?t={ticket}&n={i}&x={new string('x', 4000)}");
            request.Headers.Cookie = $"live={new string('a', 32)}; n{i}={new string('y', 4000)}";
            tickets.Fits(request, "/live/a/b").ShouldBeTrue();
        }

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(4 << 20);
        GC.KeepAlive(tickets);
    }

    [Fact]
    public async Task A_visitor_sees_the_cameras_of_that_site_and_of_no_other()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) },
            Cancel
        );
        using var other = await server.BoxAsync("a school beyond the sea");
        using var visitor = server.Client();
        var site = await server.VisitAsync(await server.SiteOfAsync(box.Id));
        (await visitor.GetAsync($"{site}/live/{box.Id}/line", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (
            await visitor.GetAsync($"{await server.VisitAsync(await server.SiteOfAsync(other.Id))}/live/{box.Id}/line", Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await visitor.GetAsync($"{site}/live/{box.Id}/nowhere", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await visitor.GetAsync($"/public/{box.Id}/line", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpStatusCode> PutAsync(HttpClient client, string route, byte[] bytes)
    {
        using var answer = await client.PutAsync(route, new ByteArrayContent(bytes), Cancel);
        return answer.StatusCode;
    }
}
