using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// Receives live fragments from edge agents and serves them to viewers: the clear rendition to persons with a grant, the blurred one to
/// parents and visitors. A viewer requests the window or the playlist, which checks the grants and issues a ticket; the ticket alone
/// authorizes the fragments.
/// </summary>
internal static class LiveEndpoints
{
    private const int LargestFragment = 8 << 20;

    // Duration of a fragment when the edge agent does not send one.
    private const int UsualMilliseconds = 500;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBegin = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(6);

    // The page's own player renews its ticket in time; other players get one with each reload of the playlist, which may be late.
    private static readonly TimeSpan WindowTicket = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PlaylistTicket = TimeSpan.FromSeconds(60);

    public static void MapLive(this IEndpointRouteBuilder app)
    {
        Map(app.MapGroup("/live/{box}/{camera}").RequireAuthorization(Access.Clear), Rendition.Clear, IsInScopeAsync);
        Map(app.MapGroup("/public/{box}/{camera}").RequireAuthorization(Access.Read), Rendition.Public, IsInScopeAsync);
        // The token is on the lobby's screen: whoever has it sees what everyone in the lobby sees.
        Map(app.MapGroup("/visit/{token}/live/{box}/{camera}").AllowAnonymous(), Rendition.Public, OfSiteAsync);
        LiveFiles.MapTicketCheck(app);
        LiveFiles.Map(app, "/live/{box}/{camera}", Rendition.Clear);
        LiveFiles.Map(app, "/public/{box}/{camera}", Rendition.Public);
        LiveFiles.Map(app, "/visit/{token}/live/{box}/{camera}", Rendition.Public);

        foreach (var rendition in Enum.GetValues<Rendition>())
        {
            var boxes = app.MapGroup($"{BoxRoutes.Live("{box}", rendition)}/{{camera}}/{{epoch:long}}")
                .RequireAuthorization(BoxAuthentication.Policy)
                .DisableAntiforgery();
            boxes.MapPut(
                "",
                (string box, CameraId camera, long epoch, string codec, HttpContext http, LiveRelay relay, CancellationToken cancel) =>
                    Begin(box, camera, rendition, epoch, codec, http, relay, cancel)
            );
            boxes.MapPut(
                "/{number:long}",
                (
                    string box,
                    CameraId camera,
                    long epoch,
                    long number,
                    int key,
                    int? ms,
                    HttpContext http,
                    LiveRelay relay,
                    TimeProvider time,
                    CancellationToken cancel
                ) => Add(box, camera, rendition, epoch, number, key, ms, http, relay, time, cancel)
            );
        }
    }

    /// <param name="may">Whether the caller may see the camera; checked whenever a ticket is issued.</param>
    private static void Map(RouteGroupBuilder viewers, Rendition rendition, Func<HttpContext, string, CameraId, Task<bool>> may)
    {
        viewers.MapGet(
            "",
            async Task<Results<Ok<LiveWindow>, NoContent, NotFound>> (
                string box,
                CameraId camera,
                HttpContext http,
                LiveRelay relay,
                LiveTickets tickets,
                TimeProvider time
            ) =>
            {
                if (await OpenAsync(box, camera, http, relay) is not { } stream)
                    return TypedResults.NotFound();
                var ticket = tickets.Issue(http, LiveFiles.SourceOf(http), WindowTicket);
                // No content: the edge agent was asked and has not sent anything yet, or has stopped sending.
                return time.GetUtcNow() - stream.LastFragmentAt < Stale && stream.Window is { } window
                    ? TypedResults.Ok(window with { Ticket = ticket })
                    : TypedResults.NoContent();
            }
        );
        viewers.MapGet(
            "/index.m3u8",
            async Task<Results<ContentHttpResult, StatusCodeHttpResult, NotFound, BadRequest>> (
                string box,
                CameraId camera,
                [FromQuery(Name = "_HLS_msn")] long? segment,
                [FromQuery(Name = "_HLS_part")] int? part,
                HttpContext http,
                LiveRelay relay,
                LiveTickets tickets
            ) =>
                await OpenAsync(box, camera, http, relay) is not { } stream
                    ? TypedResults.NotFound()
                    : await PlaylistAsync(
                        stream,
                        segment,
                        part,
                        $"?{LiveTickets.Parameter}={tickets.Issue(http, LiveFiles.SourceOf(http), PlaylistTicket)}",
                        http
                    )
        );

        async Task<LiveStream?> OpenAsync(string box, CameraId camera, HttpContext http, LiveRelay relay)
        {
            if (!await may(http, box, camera))
                return null;
            // The view is logged here because nothing can be shown without a ticket.
            if (rendition == Rendition.Clear)
            {
                var scope = http.RequestServices.GetRequiredService<SiteScope>();
                await http
                    .RequestServices.GetRequiredService<ClearViewLog>()
                    .RecordAsync(
                        scope.Me,
                        await scope.Boxes.Where(b => b.Id == box).Select(b => b.SiteId).SingleOrDefaultAsync(http.RequestAborted),
                        $"live/{box}/{camera}",
                        http.RequestAborted
                    );
            }

            return await relay.OpenAsync(box, camera, rendition, Caller.Of(http));
        }
    }

    private static Task<bool> IsInScopeAsync(HttpContext http, string box, CameraId camera) =>
        http
            .RequestServices.GetRequiredService<SiteScope>()
            .Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value, http.RequestAborted);

    private static Task<bool> OfSiteAsync(HttpContext http, string box, CameraId camera)
    {
        var (db, token) = (http.RequestServices.GetRequiredService<CentralDb>(), http.GetRouteValue("token") as string);
        var (boxes, sites) = (db.Boxes, db.Sites);
        return db.Cameras.AnyAsync(
            c =>
                c.BoxId == box
                && c.Id == camera.Value
                && boxes.Any(b => b.Id == box && b.RevokedAt == null && sites.Any(s => s.Id == b.SiteId && s.VisitToken == token)),
            http.RequestAborted
        );
    }

    /// <param name="query">Query string with the ticket, appended to the URLs of the playlist.</param>
    private static async Task<Results<ContentHttpResult, StatusCodeHttpResult, NotFound, BadRequest>> PlaylistAsync(
        LiveStream stream,
        long? segment,
        int? part,
        string query,
        HttpContext http
    )
    {
        try
        {
            var text = segment is null
                ? await TimeLimit.OrNullAsync(stop => stream.FirstPlaylistAsync(query, stop), LongestBegin, http.RequestAborted)
                : await TimeLimit.OrNullAsync(stop => stream.PlaylistAsync(segment, part, query, stop), LongestWait, http.RequestAborted);
            http.Response.Headers.CacheControl = "no-store";
            text ??= await stream.PlaylistAsync(null, null, query, http.RequestAborted);
            if (text is not null)
                return TypedResults.Content(text, "application/vnd.apple.mpegurl");
            // Not 404, on which players give up: the camera exists, its picture is still to come.
            http.Response.Headers.RetryAfter = "1";
            return TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
        catch (ArgumentOutOfRangeException)
        {
            return TypedResults.BadRequest();
        }
    }

    private static async Task<Results<NoContent, NotFound>> Begin(
        string box,
        CameraId camera,
        Rendition rendition,
        long epoch,
        string codec,
        HttpContext http,
        LiveRelay relay,
        CancellationToken cancel
    )
    {
        if (StreamOf(box, camera, rendition, http, relay) is not { } stream || codec.Length > 40)
            return TypedResults.NotFound();
        stream.Begin(epoch, codec, await BodyAsync(http, cancel));
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> Add(
        string box,
        CameraId camera,
        Rendition rendition,
        long epoch,
        long number,
        int key,
        int? ms,
        HttpContext http,
        LiveRelay relay,
        TimeProvider time,
        CancellationToken cancel
    ) =>
        StreamOf(box, camera, rendition, http, relay) is { } stream
        && stream.Add(
            epoch,
            number,
            key == 1,
            TimeSpan.FromMilliseconds(Math.Max(ms ?? UsualMilliseconds, 1)),
            await BodyAsync(http, cancel),
            time.GetUtcNow()
        )
            ? TypedResults.NoContent()
            : TypedResults.NotFound();

    // An edge agent may send only its own streams. Its id is in the URL so that a load balancer can route a camera's sender and viewers to
    // the same server.
    private static LiveStream? StreamOf(string box, CameraId camera, Rendition rendition, HttpContext http, LiveRelay relay) =>
        http.User.FindFirstValue(ClaimTypes.NameIdentifier) == box ? relay.Find(box, camera, rendition) : null;

    private static async Task<byte[]> BodyAsync(HttpContext http, CancellationToken cancel)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = LargestFragment;
        var length = http.Request.ContentLength is > 0 and <= LargestFragment and { } announced ? (int)announced : 0;
        using var body = new MemoryStream(length);
        await http.Request.Body.CopyToAsync(body, cancel);
        return body.Length == length && length > 0 ? body.GetBuffer() : body.ToArray();
    }
}
