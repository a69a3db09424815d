using System.Globalization;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>Forms of the inspection draw, and its public document.</summary>
internal static class RiskEndpoints
{
    public static void MapRisk(this IEndpointRouteBuilder app)
    {
        app.MapPost("/draws/new", Begin).RequireAuthorization(Access.Regulate);
        var draw = app.MapGroup("/draws/{number:int}");
        draw.MapPost("/draw", Draw).RequireAuthorization(Access.Regulate);
        draw.MapPost("/drop", Drop).RequireAuthorization(Access.Regulate);
        draw.MapPost("/results", Result).RequireAuthorization(Access.Oversee);
        // The commitment is public at once, so that the result cannot be chosen afterwards; the rest follows when no kitchen can learn from
        // it that it will be inspected.
        draw.MapGet("/published.json", Published).AllowAnonymous();
    }

    private static async Task<RedirectHttpResult> Begin(
        [FromForm] string? region,
        [FromForm] int? count,
        [FromForm] string? source,
        [FromForm] string? publishOn,
        DrawDesk desk,
        CancellationToken cancel
    )
    {
        var on = DateOnly.TryParseExact(publishOn, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : (DateOnly?)null;
        return TypedResults.LocalRedirect(
            await desk.BeginAsync(region, count, source, on, cancel) is { } number ? $"/draws/{number}" : "/draws?fault=draw"
        );
    }

    private static Task<Results<RedirectHttpResult, NotFound>> Draw(
        int number,
        [FromForm] string? text,
        DrawDesk desk,
        CancellationToken cancel
    ) => DoAsync(number, desk.DrawAsync(number, text, cancel));

    private static Task<Results<RedirectHttpResult, NotFound>> Drop(
        int number,
        [FromForm] string? text,
        DrawDesk desk,
        CancellationToken cancel
    ) => DoAsync(number, desk.DropAsync(number, text, cancel));

    private static Task<Results<RedirectHttpResult, NotFound>> Result(
        int number,
        [FromForm] string? site,
        [FromForm] string? text,
        DrawDesk desk,
        CancellationToken cancel
    ) => DoAsync(number, desk.ResultAsync(number, site, text, cancel));

    private static async Task<Results<RedirectHttpResult, NotFound>> DoAsync(int number, Task<string?> step) =>
        await step is { } fault
            ? fault == "missing"
                ? TypedResults.NotFound()
                : TypedResults.LocalRedirect($"/draws/{number}?fault={fault}")
            : TypedResults.LocalRedirect($"/draws/{number}");

    private static async Task<Results<JsonHttpResult<PublishedDraw>, NotFound>> Published(
        int number,
        DrawDesk desk,
        CancellationToken cancel
    ) => await desk.PublishedAsync(number, cancel) is { } draw ? TypedResults.Json(draw, PublishedDraw.Json) : TypedResults.NotFound();
}
