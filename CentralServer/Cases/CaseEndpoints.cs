using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>Endpoints for reporting, answering and handing over cases.</summary>
internal static class CaseEndpoints
{
    public const string ReportLimit = "report";

    public static void MapCases(this IEndpointRouteBuilder app)
    {
        app.MapPost("/sites/{site}/feedback", Report)
            .RequireAuthorization(Access.GiveFeedback)
            .RequireRateLimiting(ReportLimit)
            .WithMetadata(new UploadForm(http => $"/school/{http.GetRouteValue("site")}"));
        app.MapPost("/visit/{token}/feedback", ReportAsVisitor)
            .AllowAnonymous()
            .RequireRateLimiting(ReportLimit)
            .WithMetadata(new UploadForm(http => $"/visit/{http.GetRouteValue("token")}"));
        var group = app.MapGroup("/cases/{id}");
        group.MapPost("/answer", Answer).RequireAuthorization(Access.Oversee);
        group.MapPost("/hand-over", HandOver).RequireAuthorization(Access.Oversee);
        group.MapPost("/take-back", TakeBack).RequireAuthorization(Access.Oversee);
        group.MapGet("/picture", Picture).RequireAuthorization(Access.Read);
    }

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Report(
        string site,
        [FromForm] string? text,
        IFormFile? picture,
        SiteScope scope,
        CaseService cases,
        ReportPictures pictures,
        CancellationToken cancel
    )
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var page = $"/school/{site}";
        var (fault, digest) = await pictures.StoreAsync(site, text, picture, isVisitor: false, cancel);
        fault ??= await cases.ReportAsync(site, text ?? "", digest, cancel);
        if (fault is null)
            return TypedResults.LocalRedirect($"{page}?sent=yes");
        return new FormFaultResult(page, fault);
    }

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> ReportAsVisitor(
        string token,
        [FromForm] string? text,
        IFormFile? picture,
        CentralDb db,
        CaseService cases,
        ReportPictures pictures,
        CancellationToken cancel
    )
    {
        if (await db.Sites.Where(s => s.VisitToken == token).Select(s => s.Id).SingleOrDefaultAsync(cancel) is not { } site)
            return TypedResults.NotFound();
        var page = $"/visit/{token}";
        var (fault, digest) = await pictures.StoreAsync(site, text, picture, isVisitor: true, cancel);
        if (fault is null)
        {
            (var ticket, fault) = await cases.ReportAsVisitorAsync(site, text ?? "", digest, cancel);
            if (ticket is not null)
                return TypedResults.LocalRedirect($"{page}?ticket={ticket}");
        }

        return new FormFaultResult(page, fault ?? "missing");
    }

    private static Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Answer(
        string id,
        [FromForm] string? text,
        [FromForm] string? publicText,
        [FromForm] long? version,
        HttpContext http,
        CaseService cases,
        UserManager<Person> people,
        CancellationToken cancel
    ) => DoAsync(id, http, people, who => cases.AnswerAsync(id, text ?? "", publicText, version, who, cancel));

    private static Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> HandOver(
        string id,
        [FromForm] string? region,
        [FromForm] string? text,
        [FromForm] long? version,
        HttpContext http,
        CaseService cases,
        UserManager<Person> people,
        CancellationToken cancel
    ) => DoAsync(id, http, people, who => cases.HandOverAsync(id, region ?? "", text ?? "", version, who, cancel));

    private static Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> TakeBack(
        string id,
        [FromForm] string? text,
        [FromForm] long? version,
        HttpContext http,
        CaseService cases,
        UserManager<Person> people,
        CancellationToken cancel
    ) => DoAsync(id, http, people, who => cases.TakeBackAsync(id, text ?? "", version, who, cancel));

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> DoAsync(
        string id,
        HttpContext http,
        UserManager<Person> people,
        Func<Actor, Task<string?>> act
    )
    {
        var fault = await act(await Actor.OfAsync(http, people));
        return fault switch
        {
            null => TypedResults.LocalRedirect($"/cases/{id}"),
            "missing" => TypedResults.NotFound(),
            _ => new FormFaultResult($"/cases/{id}", fault),
        };
    }

    // Authors see their own picture; officials and site staff see those of their sites, and their access is recorded, because reports may
    // show people.
    private static async Task<Results<FileContentHttpResult, NotFound>> Picture(
        string id,
        HttpContext http,
        SiteScope scope,
        CentralDb db,
        PictureFiles pictures,
        ClearViewLog clearViews,
        CancellationToken cancel
    )
    {
        var me = scope.Me;
        var author = http.User.IsInRole(Roles.Parent);
        var found = author ? db.Cases.Where(c => c.AuthorId == me) : scope.Cases;
        if (
            await found.Where(c => c.Id == id).Select(c => new { c.Picture, c.SiteId }).SingleOrDefaultAsync(cancel)
                is not { Picture: { } digest } one
            || await pictures.FindCleanAsync(digest, cancel) is not var (bytes, type)
        )
            return TypedResults.NotFound();
        if (!author)
            await clearViews.RecordAsync(me, one.SiteId, $"case/{id}", cancel);
        return TypedResults.Bytes(bytes, type);
    }
}
