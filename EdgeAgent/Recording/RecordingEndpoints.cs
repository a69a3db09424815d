using System.Globalization;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>HTTP endpoints for playback by time; the caller's route group authorises access.</summary>
internal static class RecordingEndpoints
{
    public static void MapRecordings(this IEndpointRouteBuilder group)
    {
        group.MapGet(
            "/recordings/{camera}",
            Results<Ok<IReadOnlyList<RecordedStretch>>, ProblemHttpResult> (
                CameraId camera,
                DateTimeOffset from,
                DateTimeOffset to,
                Recordings recordings
            ) =>
                to > from && to - from <= RecallOrder.LongestView
                    ? TypedResults.Ok(recordings.Stretches(camera, from, to))
                    : TypedResults.Problem("Request a time range of at most two days.", statusCode: StatusCodes.Status400BadRequest)
        );
        group.MapGet("/recordings/{camera}/export", Export);
    }

    private static async Task Export(
        CameraId camera,
        DateTimeOffset from,
        DateTimeOffset to,
        int? part,
        bool? download,
        Recordings recordings,
        HttpContext http
    )
    {
        if (to <= from || to - from > RecallOrder.LongestSpan)
        {
            await TypedResults
                .Problem("Request a time range of at most six hours.", statusCode: StatusCodes.Status400BadRequest)
                .ExecuteAsync(http);
            return;
        }

        var parts = RecordingExport.Parts(recordings, camera, from, to);
        var wanted = part ?? 0;
        http.Response.Headers[BoxRoutes.PartsHeader] = parts.Count.ToString(CultureInfo.InvariantCulture);
        if (wanted < 0 || wanted >= parts.Count)
        {
            await TypedResults.Problem("No recording in this time range.", statusCode: StatusCodes.Status404NotFound).ExecuteAsync(http);
            return;
        }

        var headers = http.Response.Headers;
        headers[BoxRoutes.FromHeader] = parts[wanted].From.ToString("O", CultureInfo.InvariantCulture);
        headers[BoxRoutes.ToHeader] = parts[wanted].To.ToString("O", CultureInfo.InvariantCulture);
        var gaps = parts[wanted].Gaps.Count.ToString(CultureInfo.InvariantCulture);
        headers[BoxRoutes.GapsHeader] = gaps;
        http.Response.ContentType = "video/mp4";
        if (download == true)
            headers.ContentDisposition = $"attachment; filename=\"{BoxRoutes.SpanFile(camera, parts[wanted].From, gaps)}\"";
        await RecordingExport.WriteAsync(parts[wanted], http.Response.Body, http.RequestAborted);
    }
}
