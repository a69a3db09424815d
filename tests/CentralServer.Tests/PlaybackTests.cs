using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.SignalR.Client;

namespace BrightKitchen.CentralServer.Tests;

/// <summary>Recordings on their way from a box to whoever may see them; the box here is the wire's other end alone.</summary>
[AnyDatabase("recordings that pass through")]
public sealed class PlaybackTests(RunningServer server)
{
    private static readonly CameraId Line = CameraId.Parse("line", null);
    private static readonly DateTimeOffset Noon = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Query =
        $"?from={Uri.EscapeDataString(Noon.ToString("O"))}&to={Uri.EscapeDataString(Noon.AddMinutes(1).ToString("O"))}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_span_goes_from_the_box_to_the_viewer_as_it_is_and_the_look_is_noted()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await ReportAsync(hub);
        var bytes = new byte[3_000_000];
        new Random(7).NextBytes(bytes);
        var asked = new List<RecallOrder>();
        hub.On<RecallOrder>(nameof(IBoxClient.Recall), order =>
        {
            asked.Add(order);
            _ = AnswerAsync(
                box,
                order,
                new ByteArrayContent(
                    order.Part is null
                        ? JsonSerializer.SerializeToUtf8Bytes(
                            new[] { new RecordedStretch(Noon, Noon.AddMinutes(30), 9) },
                            JsonSerializerOptions.Web
                        )
                        : bytes
                ),
                order.Part is not null
            );
        });
        using var manager = await server.SignInAsync("manager");
        (await manager.GetFromJsonAsync<List<RecordedStretch>>($"/recorded/{box.Id}/line{Query}", Cancel)).ShouldBe([
            new(Noon, Noon.AddMinutes(30), 9),
        ]);
        using var answer = await manager.GetAsync($"/recorded/{box.Id}/line/span{Query}&download=true", Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync(Cancel)).SequenceEqual(bytes).ShouldBeTrue();
        answer.Headers.GetValues(BoxRoutes.CodecHeader).Single().ShouldBe("avc1.64001f");
        answer.Content.Headers.ContentDisposition!.FileName!.Trim('"').ShouldBe("line-20261120-120000.mp4");
        asked.Select(a => (a.Camera, a.From, a.Part)).ShouldBe([(Line, Noon, null), (Line, Noon, 0)]);
        using var regulator = await server.SignInAsync("regulator");
        (await regulator.GetStringAsync("/audit", Cancel)).ShouldContain(
            $"<a href=\"/playback/{box.Id}/line\" title=\"20261120T120000-20261120T120100\" data-how=\"download\">"
        );
    }

    [Fact]
    public async Task What_is_not_theirs_or_not_there_is_told_apart_from_a_box_that_is_away()
    {
        using var box = await server.BoxAsync();
        await using var hub = await box.ConnectAsync();
        await ReportAsync(hub);
        hub.On<RecallOrder>(nameof(IBoxClient.Recall), order => _ = AnswerAsync(box, order, new ByteArrayContent([]), false));
        using var manager = await server.SignInAsync("manager");
        using var nothing = await manager.GetAsync($"/recorded/{box.Id}/line/span{Query}", Cancel);
        nothing.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await nothing.Content.ReadAsStringAsync(Cancel)).ShouldContain("No recording in this time range");
        (await manager.GetAsync($"/recorded/{box.Id}/elsewhere/span{Query}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var parent = await server.SignInAsync("parent");
        (await parent.GetAsync($"/recorded/{box.Id}/line/span{Query}", Cancel)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var other = await server.BoxAsync();
        using var strange = other.Client();
        (
            await strange.PutAsync(BoxRoutes.Recall(box.Id, "line", Guid.NewGuid().ToString()), new ByteArrayContent([1]), Cancel)
        ).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await hub.DisposeAsync();
        using var away = await manager.GetAsync($"/recorded/{box.Id}/line/span{Query}", Cancel);
        away.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await away.Content.ReadAsStringAsync(Cancel)).ShouldContain("edge device, which does not respond");
    }

    private static Task ReportAsync(HubConnection hub) =>
        hub.InvokeAsync(
            nameof(IBoxHub.ReportCameras),
            new[] { new CameraHealth(Line, "line", CameraStates.Live, "", TimeProvider.System.GetUtcNow()) },
            Cancel
        );

    private static async Task AnswerAsync(TestBox box, RecallOrder order, HttpContent content, bool span)
    {
        using var client = box.Client();
        using var request = new HttpRequestMessage(HttpMethod.Put, BoxRoutes.Recall(box.Id, order.Camera.Value, order.Id.ToString()))
        {
            Content = content,
        };
        if (span)
        {
            request.Headers.Add(BoxRoutes.PartsHeader, "1");
            request.Headers.Add(BoxRoutes.FromHeader, order.From.ToString("O"));
            request.Headers.Add(BoxRoutes.ToHeader, order.To.ToString("O"));
            request.Headers.Add(BoxRoutes.CodecHeader, "avc1.64001f");
        }

        (await client.SendAsync(request, Cancel)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }
}
