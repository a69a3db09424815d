using System.Globalization;
using System.Net.ServerSentEvents;
using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Pages;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Findings for people, and their evidence from boxes.</summary>
internal static class FindingEndpoints
{
    public static void MapFindings(this IEndpointRouteBuilder app)
    {
        var people = app.MapGroup("/findings").RequireAuthorization(Access.Clear);
        people.MapGet("/feed", Feed);
        people.MapGet("/{id}/card", Card);
        people.MapGet("/{id}/still", Still);
        people.MapGet("/{id}/clip", Clip);
        people.MapGet("/{id}/package", Package).RequireAuthorization(Access.Oversee);
        people.MapGet("/{id}/pictures/{digest}", Picture);
        people.MapPost("/{id}/steps", Step).WithMetadata(new UploadForm(http => $"/findings/{http.GetRouteValue("id")}"));
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

    private static async Task<IResult> Feed(SiteScope scope, FindingFeed feed, CancellationToken cancel)
    {
        var sites = (await scope.Sites.Select(s => s.Id).ToListAsync(cancel)).ToHashSet();
        return TypedResults.ServerSentEvents(
            feed.ReadAsync(sites, cancel).Select(id => new SseItem<string>(id ?? "", id is null ? "beat" : "finding"))
        );
    }

    // Out of scope answers like missing: a stranger learns nothing.
    private static async Task<Results<RazorComponentResult<FindingCard>, NotFound>> Card(
        FindingId id,
        SiteScope scope,
        CentralDb db,
        CancellationToken cancel
    ) =>
        await FindingView.FindAsync(db, await scope.FindingsAsync(cancel), id.ToString(), cancel) is { } view
            ? new RazorComponentResult<FindingCard>(new { View = view })
            : TypedResults.NotFound();

    private static async Task<Results<RedirectHttpResult, NotFound>> Hold(
        FindingId id,
        [FromForm] bool held,
        SiteScope scope,
        Holds holds,
        CancellationToken cancel
    ) => await holds.SetAsync(id, held, scope.Me, cancel) ? TypedResults.LocalRedirect($"/findings/{id}") : TypedResults.NotFound();

    private static async Task<Results<RedirectHttpResult, NotFound, BackToForm>> Step(
        FindingId id,
        [FromForm] string? step,
        [FromForm] string? text,
        [FromForm] double? hours,
        [FromForm] long? version,
        IFormFile? picture,
        HttpContext http,
        SiteScope scope,
        FindingLife life,
        PictureFiles pictures,
        UserManager<Person> people,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        // Not before it is known that the finding is theirs: strangers store nothing here.
        if (!await (await scope.FindingsAsync(cancel)).AnyAsync(f => f.Id == id.ToString(), cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.KeepAsync(picture, cancel);
        if (refused)
            return new BackToForm($"/findings/{id}", "picture");
        var due = hours is > 0 and <= 24 * 365 ? time.GetUtcNow() + TimeSpan.FromHours(hours.Value) : (DateTimeOffset?)null;
        var fault = await life.TakeAsync(
            id,
            new(step ?? "", text?.Trim() ?? "", due, digest, version),
            await Doer.OfAsync(http, people),
            cancel
        );
        return fault switch
        {
            null => TypedResults.LocalRedirect($"/findings/{id}"),
            "missing" => TypedResults.NotFound(),
            _ => new BackToForm($"/findings/{id}", fault),
        };
    }

    // A picture is anybody's who may see a step that bears it; who looks is noted, as with the finding's own.
    private static async Task<Results<FileContentHttpResult, NotFound>> Picture(
        FindingId id,
        string digest,
        SiteScope scope,
        CentralDb db,
        PictureFiles pictures,
        Looks looks,
        CancellationToken cancel
    )
    {
        var site = await (await scope.FindingsAsync(cancel))
            .Where(f => f.Id == id.ToString())
            .Select(f => f.SiteId)
            .SingleOrDefaultAsync(cancel);
        if (
            site is null
            || !await db.FindingSteps.AnyAsync(s => s.FindingId == id.ToString() && s.Picture == digest, cancel)
            || await pictures.FindAsync(digest, cancel) is not var (bytes, type)
        )
            return TypedResults.NotFound();
        await looks.NoteAsync(scope.Me, site, $"finding/{id}", cancel);
        return TypedResults.Bytes(bytes, type);
    }

    public static Task<Results<FileStreamHttpResult, NotFound>> Still(
        FindingId id,
        SiteScope scope,
        EvidenceFiles files,
        Looks looks,
        CancellationToken cancel
    ) => Part(id, EvidencePart.Still, scope, files, looks, cancel);

    public static Task<Results<FileStreamHttpResult, NotFound>> Clip(
        FindingId id,
        SiteScope scope,
        EvidenceFiles files,
        Looks looks,
        CancellationToken cancel
    ) => Part(id, EvidencePart.Clip, scope, files, looks, cancel);

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
        Looks looks,
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
            await looks.NoteAsync(scope.Me, site, $"finding/{id}", cancel);
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
                $"{BoxRoutes.OffsetHeader}, {BoxRoutes.LengthHeader} and {BoxRoutes.DigestHeader} are needed.",
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
