using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Live;

/// <summary>Live fragments in from boxes and out to people: clear ones to who was granted them, blurred ones to parents and visitors.</summary>
internal static class LiveEndpoints
{
    private const int LargestFragment = 8 << 20;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        var clear = app.MapGroup("/live/{box}/{camera}").RequireAuthorization(Access.Clear);
        clear.MapGet("", (string box, CameraId camera, SiteScope scope, LiveRelay relay, CancellationToken cancel) => Window(box, camera, Rendition.Clear, MineAsync(scope, box, camera, cancel), relay));
        clear.MapGet("/{epoch:long}", ClearInit);
        clear.MapGet("/{epoch:long}/{number:long}", (string box, CameraId camera, long epoch, long number, SiteScope scope, LiveRelay relay, CancellationToken cancel) =>
            Piece(box, camera, Rendition.Clear, epoch, number, MineAsync(scope, box, camera, cancel), relay, cancel));

        var parents = app.MapGroup("/public/{box}/{camera}").RequireAuthorization(Access.Read);
        parents.MapGet("", (string box, CameraId camera, SiteScope scope, LiveRelay relay, CancellationToken cancel) => Window(box, camera, Rendition.Public, MineAsync(scope, box, camera, cancel), relay));
        parents.MapGet("/{epoch:long}", (string box, CameraId camera, long epoch, SiteScope scope, LiveRelay relay, CancellationToken cancel) =>
            Init(box, camera, epoch, MineAsync(scope, box, camera, cancel), relay));
        parents.MapGet("/{epoch:long}/{number:long}", (string box, CameraId camera, long epoch, long number, SiteScope scope, LiveRelay relay, CancellationToken cancel) =>
            Piece(box, camera, Rendition.Public, epoch, number, MineAsync(scope, box, camera, cancel), relay, cancel));

        // Who has the address from the lobby's screen sees there what everybody in the lobby does.
        var visitors = app.MapGroup("/visit/{site}/live/{box}/{camera}").AllowAnonymous();
        visitors.MapGet("", (string site, string box, CameraId camera, CentralDb db, LiveRelay relay, CancellationToken cancel) => Window(box, camera, Rendition.Public, OfSiteAsync(db, site, box, camera, cancel), relay));
        visitors.MapGet("/{epoch:long}", (string site, string box, CameraId camera, long epoch, CentralDb db, LiveRelay relay, CancellationToken cancel) =>
            Init(box, camera, epoch, OfSiteAsync(db, site, box, camera, cancel), relay));
        visitors.MapGet("/{epoch:long}/{number:long}", (string site, string box, CameraId camera, long epoch, long number, CentralDb db, LiveRelay relay, CancellationToken cancel) =>
            Piece(box, camera, Rendition.Public, epoch, number, OfSiteAsync(db, site, box, camera, cancel), relay, cancel));

        foreach (var rendition in Enum.GetValues<Rendition>())
        {
            var boxes = app.MapGroup($"{BoxRoutes.Live(rendition)}/{{camera}}/{{epoch:long}}").RequireAuthorization(BoxAuthentication.Policy).DisableAntiforgery();
            boxes.MapPut("", (CameraId camera, long epoch, string codec, HttpContext http, LiveRelay relay, CancellationToken cancel) => Begin(camera, rendition, epoch, codec, http, relay, cancel));
            boxes.MapPut("/{number:long}", (CameraId camera, long epoch, long number, int key, HttpContext http, LiveRelay relay, CancellationToken cancel) => Add(camera, rendition, epoch, number, key, http, relay, cancel));
        }
    }

    private static Task<bool> MineAsync(SiteScope scope, string box, CameraId camera, CancellationToken cancel) => scope.Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value, cancel);

    private static Task<bool> OfSiteAsync(CentralDb db, string site, string box, CameraId camera, CancellationToken cancel) =>
        db.Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value && db.Boxes.Any(b => b.Id == box && b.SiteId == site && b.RevokedAt == null), cancel);

    // No content: the box was asked and has not sent yet.
    private static async Task<Results<Ok<LiveWindow>, NoContent, NotFound>> Window(string box, CameraId camera, Rendition rendition, Task<bool> may, LiveRelay relay)
    {
        if (!await may)
            return TypedResults.NotFound();
        return (await relay.AskAsync(box, camera, rendition)).Window is { } window ? TypedResults.Ok(window) : TypedResults.NoContent();
    }

    // Nothing can be shown without it, so that it is here that a look is noted.
    private static async Task<Results<FileContentHttpResult, NotFound>> ClearInit(string box, CameraId camera, long epoch, SiteScope scope, LiveRelay relay, Looks looks, CancellationToken cancel)
    {
        if (!await MineAsync(scope, box, camera, cancel) || (await relay.AskAsync(box, camera, Rendition.Clear)).Init(epoch) is not { } init)
            return TypedResults.NotFound();
        await looks.NoteAsync(scope.Me, await scope.Boxes.Where(b => b.Id == box).Select(b => b.SiteId).SingleOrDefaultAsync(cancel), $"live/{box}/{camera}", cancel);
        return TypedResults.Bytes(init, "video/mp4");
    }

    private static async Task<Results<FileContentHttpResult, NotFound>> Init(string box, CameraId camera, long epoch, Task<bool> may, LiveRelay relay) =>
        await may && (await relay.AskAsync(box, camera, Rendition.Public)).Init(epoch) is { } init ? TypedResults.Bytes(init, "video/mp4") : TypedResults.NotFound();

    private static async Task<Results<FileContentHttpResult, NotFound>> Piece(
        string box, CameraId camera, Rendition rendition, long epoch, long number, Task<bool> may, LiveRelay relay, CancellationToken cancel)
    {
        if (!await may)
            return TypedResults.NotFound();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(LongestWait);
        try
        {
            return await (await relay.AskAsync(box, camera, rendition)).WaitForAsync(epoch, number, wait.Token) is { } bytes ? TypedResults.Bytes(bytes, "video/mp4") : TypedResults.NotFound();
        }
        catch (OperationCanceledException)
        {
            return TypedResults.NotFound();
        }
    }

    private static async Task<Results<NoContent, NotFound>> Begin(CameraId camera, Rendition rendition, long epoch, string codec, HttpContext http, LiveRelay relay, CancellationToken cancel)
    {
        if (relay.Watched(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, camera, rendition) is not { } stream || codec.Length > 40)
            return TypedResults.NotFound();
        stream.Begin(epoch, codec, await BodyAsync(http, cancel));
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> Add(CameraId camera, Rendition rendition, long epoch, long number, int key, HttpContext http, LiveRelay relay, CancellationToken cancel) =>
        relay.Watched(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, camera, rendition) is { } stream && stream.Add(epoch, number, key == 1, await BodyAsync(http, cancel))
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
