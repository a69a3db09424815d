using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Live;

/// <summary>Live fragments in from boxes and out to people.</summary>
internal static class LiveEndpoints
{
    private const int LargestFragment = 8 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        var people = app.MapGroup("/live/{box}/{camera}").RequireAuthorization(Access.Clear);
        people.MapGet("", Window);
        people.MapGet("/{epoch:long}", Init);
        people.MapGet("/{epoch:long}/{number:long}", Piece);
        var boxes = app.MapGroup("/box/live/{camera}/{epoch:long}").RequireAuthorization(BoxAuthentication.Policy).DisableAntiforgery();
        boxes.MapPut("", Begin);
        boxes.MapPut("/{number:long}", Add);
    }

    private static Task<bool> MayAsync(SiteScope scope, string box, CameraId camera, CancellationToken cancel) =>
        scope.Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value, cancel);

    // No content: the box was asked and has not sent yet.
    private static async Task<Results<Ok<LiveWindow>, NoContent, NotFound>> Window(string box, CameraId camera, SiteScope scope, LiveRelay relay, CancellationToken cancel)
    {
        if (!await MayAsync(scope, box, camera, cancel))
            return TypedResults.NotFound();
        return (await relay.AskAsync(box, camera)).Window is { } window ? TypedResults.Ok(window) : TypedResults.NoContent();
    }

    // Nothing can be shown without it, so that it is here that a look is noted.
    private static async Task<Results<FileContentHttpResult, NotFound>> Init(string box, CameraId camera, long epoch, SiteScope scope, LiveRelay relay, Looks looks, CancellationToken cancel)
    {
        if (!await MayAsync(scope, box, camera, cancel) || (await relay.AskAsync(box, camera)).Init(epoch) is not { } init)
            return TypedResults.NotFound();
        await looks.NoteAsync(scope.Me, await scope.Boxes.Where(b => b.Id == box).Select(b => b.SiteId).SingleOrDefaultAsync(cancel), $"live/{box}/{camera}", cancel);
        return TypedResults.Bytes(init, "video/mp4");
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> Piece(
        string box, CameraId camera, long epoch, long number, SiteScope scope, LiveRelay relay, CancellationToken cancel)
    {
        if (!await MayAsync(scope, box, camera, cancel))
            return TypedResults.NotFound();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(LongestWait);
        try
        {
            return await (await relay.AskAsync(box, camera)).WaitForAsync(epoch, number, wait.Token) is { } bytes ? TypedResults.Bytes(bytes, "video/mp4") : TypedResults.NotFound();
        }
        catch (OperationCanceledException)
        {
            return TypedResults.NotFound();
        }
    }

    private static async Task<Results<NoContent, NotFound>> Begin(CameraId camera, long epoch, string codec, HttpContext http, LiveRelay relay, CancellationToken cancel)
    {
        if (relay.Watched(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, camera) is not { } stream || codec.Length > 40)
            return TypedResults.NotFound();
        stream.Begin(epoch, codec, await BodyAsync(http, cancel));
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> Add(CameraId camera, long epoch, long number, int key, HttpContext http, LiveRelay relay, CancellationToken cancel) =>
        relay.Watched(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, camera) is { } stream && stream.Add(epoch, number, key == 1, await BodyAsync(http, cancel))
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    private static async Task<byte[]> BodyAsync(HttpContext http, CancellationToken cancel)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LargestFragment;
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, cancel);
        return body.ToArray();
    }
}
