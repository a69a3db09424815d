using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Playback;

/// <summary>A camera's recordings, fetched from its edge agent, for persons who may see clear pictures; each view is logged.</summary>
internal static class PlaybackEndpoints
{
    private const long LargestAnswer = 40L << 30;
    private const int MostFindings = 500;
    private const int LargestList = 4 << 20;

    public static void MapPlayback(this IEndpointRouteBuilder app)
    {
        var viewers = app.MapGroup("/recorded/{box}/{camera}").RequireAuthorization(Access.Clear);
        viewers.MapGet("", StretchesAsync);
        viewers.MapGet("/findings", FindingsAsync);
        viewers.MapGet("/span", SpanAsync);
        app.MapPut(
                BoxRoutes.Recall("{box}", "{camera}", "{id:guid}"),
                async Task<Results<NoContent, NotFound>> (
                    string box,
                    string camera,
                    Guid id,
                    HttpContext http,
                    PlaybackRequests requests
                ) =>
                {
                    // No minimum rate: the viewer determines the speed of the upload.
                    if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
                        rate.MinDataRate = null;
                    if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                        limit.MaxRequestBodySize = LargestAnswer;
                    return http.User.FindFirstValue(ClaimTypes.NameIdentifier) == box && await requests.AnswerAsync(box, id, http.Request)
                        ? TypedResults.NoContent()
                        : TypedResults.NotFound();
                }
            )
            .RequireAuthorization(BoxAuthentication.Policy)
            .DisableAntiforgery();
    }

    private static async Task<Results<Ok<List<RecordedStretch>>, NotFound, ProblemHttpResult>> StretchesAsync(
        string box,
        CameraId camera,
        DateTimeOffset from,
        DateTimeOffset to,
        SiteScope scope,
        PlaybackRequests requests,
        CancellationToken cancel
    )
    {
        if (!await IsInScopeAsync(scope, box, camera, cancel))
            return TypedResults.NotFound();
        if (to <= from || to - from > RecallOrder.LongestView)
            return TypedResults.Problem("Request a time range of at most two days.", statusCode: StatusCodes.Status400BadRequest);
        List<RecordedStretch>? stretches = null;
        var answered = await requests.SendAsync(
            box,
            new(Guid.NewGuid(), camera, from, to, null),
            async request =>
            {
                // Two days have at most some hundred stretches.
                if (request.ContentLength is > 0 and <= LargestList)
                    stretches = await JsonSerializer.DeserializeAsync<List<RecordedStretch>>(
                        request.Body,
                        JsonSerializerOptions.Web,
                        cancel
                    );
            },
            cancel
        );
        return answered && stretches is not null ? TypedResults.Ok(stretches) : EdgeAgentOffline();
    }

    private static async Task<Results<Ok<List<FindingMark>>, NotFound>> FindingsAsync(
        string box,
        CameraId camera,
        DateTimeOffset from,
        DateTimeOffset to,
        SiteScope scope,
        CancellationToken cancel
    )
    {
        if (!await IsInScopeAsync(scope, box, camera, cancel))
            return TypedResults.NotFound();
        return TypedResults.Ok(
            (
                await (await scope.FindingsAsync(cancel))
                    .Where(f => f.BoxId == box && f.Camera == camera.Value && f.OpenedAt >= from && f.OpenedAt < to)
                    .OrderBy(f => f.OpenedAt)
                    .Take(MostFindings)
                    .Select(f => new
                    {
                        f.Id,
                        f.Kind,
                        f.OpenedAt,
                        f.ClosedAt,
                        f.Stage,
                    })
                    .ToListAsync(cancel)
            ).ConvertAll(f => new FindingMark(f.Id, f.Kind, f.OpenedAt, f.ClosedAt, f.Stage))
        );
    }

    /// <param name="part">Index of a part of the span, from 0; a new part begins where the camera's stream parameters change.</param>
    private static async Task<IResult> SpanAsync(
        string box,
        CameraId camera,
        DateTimeOffset from,
        DateTimeOffset to,
        int? part,
        bool? download,
        SiteScope scope,
        PlaybackRequests requests,
        ClearViewLog clearViews,
        HttpContext http,
        CancellationToken cancel
    )
    {
        if (!await IsInScopeAsync(scope, box, camera, cancel))
            return TypedResults.NotFound();
        if (to <= from || to - from > RecallOrder.LongestSpan)
            return TypedResults.Problem("Request a time range of at most six hours.", statusCode: StatusCodes.Status400BadRequest);
        var site = await scope.Boxes.Where(b => b.Id == box).Select(b => b.SiteId).SingleAsync(cancel);
        var what =
            download == true
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"download/{box}/{camera}/{from.UtcDateTime:yyyyMMddTHHmmss}-{to.UtcDateTime:yyyyMMddTHHmmss}"
                )
                : string.Create(CultureInfo.InvariantCulture, $"recorded/{box}/{camera}/{from.UtcDateTime:yyyyMMddTHH}");
        await clearViews.RecordAsync(scope.Me, site, what, cancel);
        var passed = await requests.SendAsync(
            box,
            new(Guid.NewGuid(), camera, from, to, Math.Clamp(part ?? 0, 0, 1000)),
            request => PassAsync(request, http, camera, download == true),
            cancel
        );
        return passed || http.Response.HasStarted ? Results.Empty : EdgeAgentOffline();
    }

    private static async Task PassAsync(HttpRequest answer, HttpContext http, CameraId camera, bool download)
    {
        string Header(string name) => answer.Headers[name].ToString();
        var response = http.Response;
        if (
            Header(BoxRoutes.FromHeader) is not { Length: > 0 } begins
            || !DateTimeOffset.TryParse(begins, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
        )
        {
            await TypedResults.Problem("No recording in this time range.", statusCode: StatusCodes.Status404NotFound).ExecuteAsync(http);
            return;
        }

        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        string[] passed = [BoxRoutes.PartsHeader, BoxRoutes.FromHeader, BoxRoutes.ToHeader, BoxRoutes.CodecHeader, BoxRoutes.GapsHeader];
        foreach (var name in passed)
            response.Headers[name] = answer.Headers[name];
        (response.ContentType, response.Headers.CacheControl) = ("video/mp4", "no-store");
        if (download)
        {
            var file = BoxRoutes.SpanFile(camera, from, Header(BoxRoutes.GapsHeader));
            response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
        }

        await answer.Body.CopyToAsync(response.Body, http.RequestAborted);
    }

    private static Task<bool> IsInScopeAsync(SiteScope scope, string box, CameraId camera, CancellationToken cancel) =>
        scope.Cameras.AnyAsync(c => c.BoxId == box && c.Id == camera.Value, cancel);

    private static ProblemHttpResult EdgeAgentOffline() =>
        TypedResults.Problem(
            "The recordings are stored on the kitchen's edge device, which does not respond. Check on the page 'Edge devices' whether it "
                + "is connected, and try again.",
            statusCode: StatusCodes.Status503ServiceUnavailable
        );
}

/// <summary>A finding on the timeline of a camera.</summary>
internal sealed record FindingMark(string Id, string Kind, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, string Stage);
