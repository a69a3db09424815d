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
        await hub.InvokeAsync(nameof(IBoxHub.ReportCameras), new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) }, Cancel);

        using var parent = await server.SignInAsync("parent");
        var source = $"/public/{box.Id}/line";
        (await parent.GetAsync(source, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent, "the box was asked and has not sent yet");
        (await blurred.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldBe(Line);
        using var sending = box.Client();
        (await PutAsync(sending, BoxRoutes.LiveInit(Line, Rendition.Public, 7) + "?codec=avc1.64001f", [1, 1])).ShouldBe(HttpStatusCode.NoContent);
        for (var i = 0; i < 3; i++)
            (await PutAsync(sending, BoxRoutes.LiveFragment(Line, Rendition.Public, 7, i, i == 0, TimeSpan.FromMilliseconds(400)), [(byte)i])).ShouldBe(HttpStatusCode.NoContent);
        (await parent.GetFromJsonAsync<LiveWindow>(source, Cancel)).ShouldBe(new(7, "avc1.64001f", 0, 2));
        (await parent.GetByteArrayAsync($"{source}/7", Cancel)).ShouldBe([1, 1]);
        (await parent.GetByteArrayAsync($"{source}/7/2", Cancel)).ShouldBe([2]);
        (await parent.GetByteArrayAsync($"{source}/7/0-1", Cancel)).ShouldBe([0, 1]);
        (await parent.GetStringAsync($"{source}/index.m3u8", Cancel)).ShouldContain("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"7/3\"");
        (await parent.GetAsync($"/live/{box.Id}/line/7/2", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        clear.ShouldBeFalse("nobody asked for the clear picture");

        using var manager = await server.SignInAsync("manager");
        (await manager.GetAsync($"/live/{box.Id}/line/7/2", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound, "the blurred picture is not the clear one");
        (await PutAsync(sending, BoxRoutes.LiveFragment(Line, Rendition.Clear, 7, 3, true, TimeSpan.FromMilliseconds(400)), [9])).ShouldBe(HttpStatusCode.NotFound, "of the clear one nothing was begun");
        (await manager.GetStringAsync("/live", Cancel)).ShouldContain("2 人正在观看", Case.Sensitive, "the parent, and the manager who just asked");
    }

    [Fact]
    public async Task A_visitor_sees_the_cameras_of_that_site_and_of_no_other()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await hub.InvokeAsync(nameof(IBoxHub.ReportCameras), new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) }, Cancel);
        using var other = await server.BoxAsync("a school beyond the sea");
        using var visitor = server.Client();
        var site = await server.SiteOfAsync(box.Id);
        (await visitor.GetAsync($"/visit/{site}/live/{box.Id}/line", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await visitor.GetAsync($"/visit/{await server.SiteOfAsync(other.Id)}/live/{box.Id}/line", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await visitor.GetAsync($"/visit/{site}/live/{box.Id}/nowhere", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await visitor.GetAsync($"/public/{box.Id}/line", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpStatusCode> PutAsync(HttpClient client, string route, byte[] bytes)
    {
        using var answer = await client.PutAsync(route, new ByteArrayContent(bytes), Cancel);
        return answer.StatusCode;
    }
}
