using System.Net.ServerSentEvents;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>Endpoints for the findings pages.</summary>
internal static class FindingEndpoints
{
    public static void MapFindings(this IEndpointRouteBuilder app)
    {
        var people = app.MapGroup("/findings").RequireAuthorization(Access.Clear);
        people.MapGet("/feed", Feed);
        people.MapGet("/{id}/card", Card);
        people.MapGet("/{id}/pictures/{digest}", Picture);
        people.MapPost("/{id}/steps", Step).WithMetadata(new UploadForm(http => $"/findings/{http.GetRouteValue("id")}"));
    }

    private static async Task<IResult> Feed(SiteScope scope, FindingFeed feed, CancellationToken cancel)
    {
        var sites = (await scope.Sites.Select(s => s.Id).ToListAsync(cancel)).ToHashSet();
        return TypedResults.ServerSentEvents(
            feed.ReadAsync(sites, cancel).Select(id => new SseItem<string>(id ?? "", id is null ? "beat" : "finding"))
        );
    }

    // A finding out of scope answers like a missing one, so that its existence is not revealed.
    private static async Task<Results<RazorComponentResult<FindingCard>, NotFound>> Card(
        FindingId id,
        SiteScope scope,
        CentralDb db,
        CancellationToken cancel
    ) =>
        await FindingView.FindAsync(db, await scope.FindingsAsync(cancel), id.ToString(), cancel) is { } view
            ? new RazorComponentResult<FindingCard>(new { View = view })
            : TypedResults.NotFound();

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Step(
        FindingId id,
        [FromForm] string? step,
        [FromForm] string? text,
        [FromForm] double? hours,
        [FromForm] long? version,
        IFormFile? picture,
        HttpContext http,
        SiteScope scope,
        WorkflowService workflow,
        PictureFiles pictures,
        UserManager<Person> people,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        // Checked before the picture is stored: users without access to the finding must not be able to store files.
        if (!await (await scope.FindingsAsync(cancel)).AnyAsync(f => f.Id == id.ToString(), cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.StoreAsync(picture, cancel);
        if (refused)
            return new FormFaultResult($"/findings/{id}", "picture");
        var due = hours is > 0 and <= 24 * 365 ? time.GetUtcNow() + TimeSpan.FromHours(hours.Value) : (DateTimeOffset?)null;
        var fault = await workflow.ApplyAsync(
            id,
            new(step ?? "", text?.Trim() ?? "", due, digest, version),
            await Actor.OfAsync(http, people),
            cancel
        );
        return fault switch
        {
            null => TypedResults.LocalRedirect($"/findings/{id}"),
            "missing" => TypedResults.NotFound(),
            _ => new FormFaultResult($"/findings/{id}", fault),
        };
    }

    // A picture is visible to everyone who may see a step that refers to it; access is recorded as for the finding's own still.
    private static async Task<Results<FileContentHttpResult, NotFound>> Picture(
        FindingId id,
        string digest,
        SiteScope scope,
        CentralDb db,
        PictureFiles pictures,
        ClearViewLog clearViews,
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
        await clearViews.RecordAsync(scope.Me, site, $"finding/{id}", cancel);
        return TypedResults.Bytes(bytes, type);
    }
}
