using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Live;

/// <summary>Live fragments in from boxes and out to people: clear ones to who was granted them, blurred ones to parents and visitors.</summary>
internal static class LiveEndpoints
{
    private const int LargestFragment = 8 << 20;

    // Of boxes that do not say how long a fragment lasts.
    private const int UsualMilliseconds = 500;
    private const string MediaType = "video/mp4";
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        Map(app.MapGroup("/live/{box}/{camera}").RequireAuthorization(Access.Clear), Rendition.Clear, MineAsync);
        Map(app.MapGroup("/public/{box}/{camera}").RequireAuthorization(Access.Read), Rendition.Public, MineAsync);
        // Who has the address from the lobby's screen sees there what everybody in the lobby does.
        Map(app.MapGroup("/visit/{site}/live/{box}/{camera}").AllowAnonymous(), Rendition.Public, OfSiteAsync);

        foreach (var rendition in Enum.GetValues<Rendition>())
        {
            var boxes = app.MapGroup($"{BoxRoutes.Live(rendition)}/{{camera}}/{{epoch:long}}").RequireAuthorization(BoxAuthentication.Policy).DisableAntiforgery();
            boxes.MapPut("", (CameraId camera, long epoch, string codec, HttpContext http, LiveRelay relay, CancellationToken cancel) => Begin(camera, rendition, epoch, codec, http, relay, cancel));
            boxes.MapPut("/{number:long}", (CameraId camera, long epoch, long number, int key, int? ms, HttpContext http, LiveRelay relay, CancellationToken cancel) => Add(camera, rendition, epoch, number, key, ms, http, relay, cancel));
        }
    }

    /// <param name="may">Whether the caller may see the camera; looked at with every request.</param>
    private static void Map(RouteGroupBuilder viewers, Rendition rendition, Func<HttpContext, string, CameraId, Task<bool>> may)
    {
        viewers.MapGet("", async Task<Results<Ok<LiveWindow>, NoContent, NotFound>> (string box, CameraId camera, HttpContext http, LiveRelay relay) =>
            await AskAsync(box, camera, http, relay) is not { } stream ? TypedResults.NotFound()
            // No content: the box was asked and has not sent yet.
            : stream.Window is { } window ? TypedResults.Ok(window) : TypedResults.NoContent());
        viewers.MapGet("/index.m3u8", async Task<Results<ContentHttpResult, NotFound, BadRequest>> (
            string box, CameraId camera, [FromQuery(Name = "_HLS_msn")] long? segment, [FromQuery(Name = "_HLS_part")] int? part, HttpContext http, LiveRelay relay) =>
            await AskAsync(box, camera, http, relay) is { } stream ? await PlaylistAsync(stream, segment, part, http) : TypedResults.NotFound());
        viewers.MapGet("/{epoch:long}", async Task<Results<FileContentHttpResult, NotFound>> (string box, CameraId camera, long epoch, HttpContext http, LiveRelay relay, SiteScope scope, Looks looks) =>
        {
            if (await AskAsync(box, camera, http, relay) is not { } stream || stream.Init(epoch) is not { } init)
                return TypedResults.NotFound();
            // Nothing can be shown without it, so that it is here that a look is noted.
            if (rendition == Rendition.Clear)
                await looks.NoteAsync(scope.Me, await scope.Boxes.Where(b => b.Id == box).Select(b => b.SiteId).SingleOrDefaultAsync(http.RequestAborted), $"live/{box}/{camera}", http.RequestAborted);
            return TypedResults.Bytes(init, MediaType);
        });
        viewers.MapGet("/{epoch:long}/{number:long}", async Task<Results<FileContentHttpResult, NotFound>> (string box, CameraId camera, long epoch, long number, HttpContext http, LiveRelay relay) =>
            await AskAsync(box, camera, http, relay) is { } stream && await InTimeAsync(stop => stream.WaitForAsync(epoch, number, stop), http) is { } bytes ? TypedResults.Bytes(bytes, MediaType) : TypedResults.NotFound());
        viewers.MapGet("/{epoch:long}/{first:long}-{last:long}", async Task<Results<FileContentHttpResult, NotFound>> (string box, CameraId camera, long epoch, long first, long last, HttpContext http, LiveRelay relay) =>
            await AskAsync(box, camera, http, relay) is { } stream && stream.Segment(epoch, first, last) is { } bytes ? TypedResults.Bytes(bytes, MediaType) : TypedResults.NotFound());

        async Task<LiveStream?> AskAsync(string box, CameraId camera, HttpContext http, LiveRelay relay) => await may(http, box, camera) ? await relay.AskAsync(box, camera, rendition, Caller.Of(http)) : null;
    }

    private static Task<bool> MineAsync(HttpContext http, string box, CameraId camera) =>
        http.RequestServices.GetRequiredService<SiteScope>().Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value, http.RequestAborted);

    private static Task<bool> OfSiteAsync(HttpContext http, string box, CameraId camera)
    {
        var (db, site) = (http.RequestServices.GetRequiredService<CentralDb>(), http.GetRouteValue("site") as string);
        return db.Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value && db.Boxes.Any(b => b.Id == box && b.SiteId == site && b.RevokedAt == null), http.RequestAborted);
    }

    private static async Task<Results<ContentHttpResult, NotFound, BadRequest>> PlaylistAsync(LiveStream stream, long? segment, int? part, HttpContext http)
    {
        try
        {
            // The first viewer waits for the first picture here.
            var text = await InTimeAsync(stop => stream.PlaylistAsync(segment, part, stop), http) ?? await InTimeAsync(stop => stream.PlaylistAsync(0, null, stop), http);
            return text is null ? TypedResults.NotFound() : TypedResults.Content(text, "application/vnd.apple.mpegurl");
        }
        catch (ArgumentOutOfRangeException)
        {
            return TypedResults.BadRequest();
        }
    }

    // Null where it did not come in time.
    private static async Task<T?> InTimeAsync<T>(Func<CancellationToken, Task<T?>> ask, HttpContext http)
        where T : class
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        wait.CancelAfter(LongestWait);
        try
        {
            return await ask(wait.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<Results<NoContent, NotFound>> Begin(CameraId camera, Rendition rendition, long epoch, string codec, HttpContext http, LiveRelay relay, CancellationToken cancel)
    {
        if (relay.Watched(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, camera, rendition) is not { } stream || codec.Length > 40)
            return TypedResults.NotFound();
        stream.Begin(epoch, codec, await BodyAsync(http, cancel));
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> Add(CameraId camera, Rendition rendition, long epoch, long number, int key, int? ms, HttpContext http, LiveRelay relay, CancellationToken cancel) =>
        relay.Watched(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, camera, rendition) is { } stream && stream.Add(epoch, number, key == 1, TimeSpan.FromMilliseconds(Math.Max(ms ?? UsualMilliseconds, 1)), await BodyAsync(http, cancel))
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
