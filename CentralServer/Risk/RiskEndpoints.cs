using System.Globalization;
using BrightKitchen.CentralServer.Forms;
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

    private static async Task<Results<RedirectHttpResult, FormFaultResult>> Begin(
        [FromForm] string? region,
        [FromForm] int? count,
        [FromForm] string? source,
        [FromForm] string? publishOn,
        DrawService draws,
        CancellationToken cancel
    )
    {
        var on = DateOnly.TryParseExact(publishOn, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : (DateOnly?)null;
        return await draws.BeginAsync(region, count, source, on, cancel) is { } number
            ? TypedResults.LocalRedirect($"/draws/{number}")
            : new FormFaultResult("/draws", "draw");
    }

    private static Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Draw(
        int number,
        [FromForm] string? text,
        DrawService draws,
        CancellationToken cancel
    ) => DoAsync(number, draws.DrawAsync(number, text, cancel));

    private static Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Drop(
        int number,
        [FromForm] string? text,
        DrawService draws,
        CancellationToken cancel
    ) => DoAsync(number, draws.DropAsync(number, text, cancel));

    private static Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Result(
        int number,
        [FromForm] string? site,
        [FromForm] string? text,
        DrawService draws,
        CancellationToken cancel
    ) => DoAsync(number, draws.ResultAsync(number, site, text, cancel));

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> DoAsync(int number, Task<string?> step) =>
        await step switch
        {
            null => TypedResults.LocalRedirect($"/draws/{number}"),
            "missing" => TypedResults.NotFound(),
            { } fault => new FormFaultResult($"/draws/{number}", fault),
        };

    private static async Task<Results<JsonHttpResult<PublishedDraw>, NotFound>> Published(
        int number,
        DrawService draws,
        CancellationToken cancel
    ) => await draws.PublishedAsync(number, cancel) is { } draw ? TypedResults.Json(draw, PublishedDraw.Json) : TypedResults.NotFound();
}
