using System.Globalization;
using System.Net.ServerSentEvents;
using System.Security.Claims;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Pages;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Findings for people, and their evidence from boxes.</summary>
internal static class FindingEndpoints
{
    public static void MapFindings(this IEndpointRouteBuilder app)
    {
        var people = app.MapGroup("/findings");
        people.MapGet("/feed", Feed);
        people.MapGet("/{id}/card", Card);
        people.MapGet("/{id}/still", (FindingId id, SiteScope scope, EvidenceFiles files, CancellationToken cancel) => Part(id, EvidencePart.Still, scope, files, cancel));
        people.MapGet("/{id}/clip", (FindingId id, SiteScope scope, EvidenceFiles files, CancellationToken cancel) => Part(id, EvidencePart.Clip, scope, files, cancel));
        people.MapPost("/{id}/hold", Hold).RequireAuthorization(p => p.RequireRole(Roles.Inspector));
        foreach (var part in Enum.GetValues<EvidencePart>())
        {
            var boxes = app.MapGroup(BoxRoutes.Evidence("{id}", part)).RequireAuthorization(BoxAuthentication.Policy).DisableAntiforgery();
            boxes.MapMethods("", [HttpMethods.Head], (FindingId id, HttpContext http, CentralDb db, EvidenceFiles files, CancellationToken cancel) => Offset(id, part, http, db, files, cancel));
            boxes.MapPatch("", (FindingId id, HttpContext http, CentralDb db, EvidenceFiles files, FindingIntake intake, CancellationToken cancel) => Append(id, part, http, db, files, intake, cancel));
        }
    }

    private static async Task<IResult> Feed(SiteScope scope, FindingFeed feed, CancellationToken cancel)
    {
        var sites = (await scope.Sites.Select(s => s.Id).ToListAsync(cancel)).ToHashSet();
        return TypedResults.ServerSentEvents(feed.ReadAsync(sites, cancel).Select(id => new SseItem<string>(id ?? "", id is null ? "beat" : "finding")));
    }

    // Out of scope answers like missing: a stranger learns nothing.
    private static async Task<Results<RazorComponentResult<FindingCard>, NotFound>> Card(FindingId id, SiteScope scope, CancellationToken cancel) =>
        await FindingView.Of(scope.Findings.Where(f => f.Id == id.ToString()), scope).SingleOrDefaultAsync(cancel) is { } view
            ? new RazorComponentResult<FindingCard>(new { View = view })
            : TypedResults.NotFound();

    private static async Task<Results<RedirectHttpResult, NotFound>> Hold(FindingId id, [FromForm] bool held, SiteScope scope, Holds holds, CancellationToken cancel)
    {
        if (await scope.Findings.SingleOrDefaultAsync(f => f.Id == id.ToString(), cancel) is not { } finding)
            return TypedResults.NotFound();
        await holds.SetAsync(finding, held, cancel);
        return TypedResults.LocalRedirect($"/findings/{id}");
    }

    private static async Task<Results<PhysicalFileHttpResult, NotFound>> Part(FindingId id, EvidencePart part, SiteScope scope, EvidenceFiles files, CancellationToken cancel) =>
        await scope.Findings.AnyAsync(f => f.Id == id.ToString(), cancel) && files.Find(id.ToString(), part) is { } path
            ? TypedResults.PhysicalFile(path, part == EvidencePart.Clip ? "video/mp4" : "image/jpeg", enableRangeProcessing: true)
            : TypedResults.NotFound();

    private static async Task<Results<Ok, NotFound>> Offset(FindingId id, EvidencePart part, HttpContext http, CentralDb db, EvidenceFiles files, CancellationToken cancel)
    {
        if (!await OwnAsync(id, http, db, cancel))
            return TypedResults.NotFound();
        http.Response.Headers[BoxRoutes.OffsetHeader] = files.Offset(id.ToString(), part).ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok();
    }

    private static async Task<IResult> Append(FindingId id, EvidencePart part, HttpContext http, CentralDb db, EvidenceFiles files, FindingIntake intake, CancellationToken cancel)
    {
        if (!await OwnAsync(id, http, db, cancel))
            return TypedResults.NotFound();
        var headers = http.Request.Headers;
        if (!long.TryParse(headers[BoxRoutes.OffsetHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(headers[BoxRoutes.LengthHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            || headers[BoxRoutes.DigestHeader].ToString() is not { Length: 64 } sha256)
            return TypedResults.Problem($"{BoxRoutes.OffsetHeader}, {BoxRoutes.LengthHeader} and {BoxRoutes.DigestHeader} are needed.", statusCode: StatusCodes.Status400BadRequest);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = EvidenceFiles.LargestPiece;
        var state = await files.AppendAsync(id.ToString(), part, http.Request.Body, offset, length, sha256.ToLowerInvariant(), cancel);
        http.Response.Headers[BoxRoutes.OffsetHeader] = state.Offset.ToString(CultureInfo.InvariantCulture);
        if (state.Fault is { } fault)
            return TypedResults.Problem($"The {part} was refused: {fault}.", statusCode: StatusCodes.Status422UnprocessableEntity);
        if (state.Whole)
            await intake.ArrivedAsync(http.User.FindFirstValue(ClaimTypes.NameIdentifier)!, id.ToString(), part, sha256.ToLowerInvariant(), cancel);
        return state.Whole || state.Offset > offset ? TypedResults.NoContent() : TypedResults.StatusCode(StatusCodes.Status409Conflict);
    }

    private static Task<bool> OwnAsync(FindingId id, HttpContext http, CentralDb db, CancellationToken cancel)
    {
        var box = http.User.FindFirstValue(ClaimTypes.NameIdentifier);
        return db.Findings.AnyAsync(f => f.Id == id.ToString() && f.BoxId == box, cancel);
    }
}
