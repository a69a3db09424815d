using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>Reporting, answering and handing over.</summary>
internal static class CaseEndpoints
{
    public const string ReportLimit = "report";

    public static void MapCases(this IEndpointRouteBuilder app)
    {
        app.MapPost("/sites/{site}/feedback", Report).RequireAuthorization(Access.GiveFeedback).RequireRateLimiting(ReportLimit);
        app.MapPost("/visit/{site}/feedback", ReportAsVisitor).AllowAnonymous().RequireRateLimiting(ReportLimit);
        var desk = app.MapGroup("/cases/{id}");
        desk.MapPost("/answer", Answer).RequireAuthorization(Access.Oversee);
        desk.MapPost("/hand-over", HandOver).RequireAuthorization(Access.Oversee);
        desk.MapPost("/take-back", TakeBack).RequireAuthorization(Access.Oversee);
        desk.MapGet("/picture", Picture).RequireAuthorization(Access.Read);
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Report(
        string site, [FromForm] string? text, IFormFile? picture, SiteScope scope, CaseDesk desk, PictureFiles pictures, CancellationToken cancel)
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.KeepAsync(picture, cancel);
        if (refused)
            return TypedResults.LocalRedirect($"/school/{site}?fault=picture");
        var fault = await desk.ReportAsync(site, text ?? "", digest, cancel);
        return TypedResults.LocalRedirect($"/school/{site}?{(fault is null ? "sent=yes" : "fault=" + fault)}");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> ReportAsVisitor(string site, [FromForm] string? text, IFormFile? picture, CentralDb db, CaseDesk desk, PictureFiles pictures, CancellationToken cancel)
    {
        if (!await db.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.KeepAsync(picture, cancel);
        if (refused)
            return TypedResults.LocalRedirect($"/visit/{site}?fault=picture");
        var (ticket, fault) = await desk.ReportAsVisitorAsync(site, text ?? "", digest, cancel);
        return TypedResults.LocalRedirect($"/visit/{site}?{(ticket is null ? $"fault={fault}" : $"ticket={ticket}")}");
    }

    private static Task<Results<RedirectHttpResult, NotFound>> Answer(string id, [FromForm] string? text, HttpContext http, CaseDesk desk, UserManager<Person> people, CancellationToken cancel) =>
        DoAsync(id, http, people, who => desk.AnswerAsync(id, text ?? "", who, cancel));

    private static Task<Results<RedirectHttpResult, NotFound>> HandOver(string id, [FromForm] string? region, [FromForm] string? text, HttpContext http, CaseDesk desk, UserManager<Person> people, CancellationToken cancel) =>
        DoAsync(id, http, people, who => desk.HandOverAsync(id, region ?? "", text ?? "", who, cancel));

    private static Task<Results<RedirectHttpResult, NotFound>> TakeBack(string id, [FromForm] string? text, HttpContext http, CaseDesk desk, UserManager<Person> people, CancellationToken cancel) =>
        DoAsync(id, http, people, who => desk.TakeBackAsync(id, text ?? "", who, cancel));

    private static async Task<Results<RedirectHttpResult, NotFound>> DoAsync(string id, HttpContext http, UserManager<Person> people, Func<Doer, Task<string?>> act)
    {
        var fault = await act(await Doer.OfAsync(http, people));
        return fault == "missing" ? TypedResults.NotFound() : TypedResults.LocalRedirect(fault is null ? $"/cases/{id}" : $"/cases/{id}?fault={fault}");
    }

    // The author sees their own; officials and the site see those of their sites.
    private static async Task<Results<FileContentHttpResult, NotFound>> Picture(string id, HttpContext http, SiteScope scope, CentralDb db, PictureFiles pictures, CancellationToken cancel)
    {
        var me = scope.Me;
        var found = http.User.IsInRole(Roles.Parent) ? db.Cases.Where(c => c.AuthorId == me) : scope.Cases;
        return await found.Where(c => c.Id == id).Select(c => c.Picture).SingleOrDefaultAsync(cancel) is { } digest && await pictures.FindAsync(digest, cancel) is var (bytes, type)
            ? TypedResults.Bytes(bytes, type) : TypedResults.NotFound();
    }
}
