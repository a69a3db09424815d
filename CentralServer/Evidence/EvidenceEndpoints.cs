using System.Globalization;
using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>Endpoints for evidence: upload by edge agents, download by people, legal hold and sealed package.</summary>
internal static class EvidenceEndpoints
{
    public static void MapEvidence(this IEndpointRouteBuilder app)
    {
        var people = app.MapGroup("/findings").RequireAuthorization(Access.Clear);
        people.MapGet("/{id}/still", Still);
        people.MapGet("/{id}/clip", Clip);
        people.MapGet("/{id}/package", Package).RequireAuthorization(Access.Oversee);
        people.MapPost("/{id}/hold", Hold).RequireAuthorization(Access.Decide);
        foreach (var part in Enum.GetValues<EvidencePart>())
        {
            var boxes = app.MapGroup(BoxRoutes.Evidence("{id}", part)).RequireAuthorization(BoxAuthentication.Policy).DisableAntiforgery();
            boxes.MapMethods(
                "",
                [HttpMethods.Head],
                (FindingId id, HttpContext http, CentralDb db, EvidenceFiles files, CancellationToken cancel) =>
                    Offset(id, part, http, db, files, cancel)
            );
            boxes.MapPatch(
                "",
                (FindingId id, HttpContext http, CentralDb db, EvidenceFiles files, FindingIntake intake, CancellationToken cancel) =>
                    Append(id, part, http, db, files, intake, cancel)
            );
        }
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Hold(
        FindingId id,
        [FromForm] bool held,
        SiteScope scope,
        Holds holds,
        CancellationToken cancel
    ) => await holds.SetAsync(id, held, scope.Me, cancel) ? TypedResults.LocalRedirect($"/findings/{id}") : TypedResults.NotFound();

    public static Task<Results<FileStreamHttpResult, NotFound>> Still(
        FindingId id,
        SiteScope scope,
        EvidenceFiles files,
        ClearViewLog clearViews,
        CancellationToken cancel
    ) => Part(id, EvidencePart.Still, scope, files, clearViews, cancel);

    public static Task<Results<FileStreamHttpResult, NotFound>> Clip(
        FindingId id,
        SiteScope scope,
        EvidenceFiles files,
        ClearViewLog clearViews,
        CancellationToken cancel
    ) => Part(id, EvidencePart.Clip, scope, files, clearViews, cancel);

    private static async Task<Results<FileStreamHttpResult, NotFound>> Package(
        FindingId id,
        FindingPackage package,
        CancellationToken cancel
    ) =>
        await package.PackAsync(id, cancel) is { } zip
            ? TypedResults.Stream(zip, "application/zip", $"evidence-{id}.zip")
            : TypedResults.NotFound();

    private static async Task<Results<FileStreamHttpResult, NotFound>> Part(
        FindingId id,
        EvidencePart part,
        SiteScope scope,
        EvidenceFiles files,
        ClearViewLog clearViews,
        CancellationToken cancel
    )
    {
        var site = await (await scope.FindingsAsync(cancel))
            .Where(f => f.Id == id.ToString())
            .Select(f => f.SiteId)
            .SingleOrDefaultAsync(cancel);
        if (site is null || await files.OpenAsync(id, part, cancel) is not { } file)
            return TypedResults.NotFound();
        try
        {
            await clearViews.RecordAsync(scope.Me, site, $"finding/{id}", cancel);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }

        return TypedResults.Stream(file, part == EvidencePart.Clip ? "video/mp4" : "image/jpeg", enableRangeProcessing: true);
    }

    private static async Task<Results<Ok, NotFound>> Offset(
        FindingId id,
        EvidencePart part,
        HttpContext http,
        CentralDb db,
        EvidenceFiles files,
        CancellationToken cancel
    )
    {
        if (!await OwnAsync(id, http, db, cancel))
            return TypedResults.NotFound();
        http.Response.Headers[BoxRoutes.OffsetHeader] = (await files.OffsetAsync(id, part, cancel)).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok();
    }

    private static async Task<IResult> Append(
        FindingId id,
        EvidencePart part,
        HttpContext http,
        CentralDb db,
        EvidenceFiles files,
        FindingIntake intake,
        CancellationToken cancel
    )
    {
        if (!await OwnAsync(id, http, db, cancel))
            return TypedResults.NotFound();
        var headers = http.Request.Headers;
        if (
            !long.TryParse(headers[BoxRoutes.OffsetHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(headers[BoxRoutes.LengthHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || headers[BoxRoutes.DigestHeader].ToString() is not { Length: 64 } sha256
        )
            return TypedResults.Problem(
                $"The headers {BoxRoutes.OffsetHeader}, {BoxRoutes.LengthHeader} and {BoxRoutes.DigestHeader} are required.",
                statusCode: StatusCodes.Status400BadRequest
            );
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = EvidenceFiles.LargestPiece;
        var state = await files.AppendAsync(id, part, http.Request.Body, offset, length, sha256.ToLowerInvariant(), cancel);
        http.Response.Headers[BoxRoutes.OffsetHeader] = state.Offset.ToString(CultureInfo.InvariantCulture);
        if (state.Fault is { } fault)
            return TypedResults.Problem($"The {part} was refused: {fault}.", statusCode: StatusCodes.Status422UnprocessableEntity);
        if (state.Whole)
            await intake.ArrivedAsync(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, id.ToString(), part, state.Sha256!, cancel);
        return state.Whole || state.Offset > offset ? TypedResults.NoContent() : TypedResults.StatusCode(StatusCodes.Status409Conflict);
    }

    private static Task<bool> OwnAsync(FindingId id, HttpContext http, CentralDb db, CancellationToken cancel)
    {
        var box = http.User.FindFirstValue(ClaimTypes.NameIdentifier);
        return db.Findings.AnyAsync(f => f.Id == id.ToString() && f.BoxId == box, cancel);
    }
}
