using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>Drawing, and what everybody may see of it.</summary>
internal static class RiskEndpoints
{
    private const int MostDrawn = 1000, LongestSeed = 200;

    public static void MapRisk(this IEndpointRouteBuilder app)
    {
        app.MapPost("/draws/new", Draw).RequireAuthorization(Access.Regulate);
        // Published: whoever doubts it makes it again.
        app.MapGet("/draws/{number:int}/published.json", Published).AllowAnonymous();
    }

    private static async Task<RedirectHttpResult> Draw(
        [FromForm] string? region, [FromForm] string? seed, [FromForm] int? count, SiteScope scope, CentralDb db, AuditLog audit, TimeProvider time, CancellationToken cancel)
    {
        if (await scope.Regions.SingleOrDefaultAsync(r => r.Id == region, cancel) is not { } place || count is not (>= 1 and <= MostDrawn) || seed is { Length: > LongestSeed } || seed?.Contains('\n') == true)
            return TypedResults.LocalRedirect("/draws?fault=draw");
        // Where nobody brought a seed, one that nobody chose.
        var text = string.IsNullOrWhiteSpace(seed) ? RandomNumberGenerator.GetHexString(32, lowercase: true) : seed.Trim();
        var sites = await scope.Sites.Where(s => s.RegionPath.StartsWith(place.Path)).OrderBy(s => s.Id)
            .Select(s => new { s.Id, s.Name, s.RegionPath, Grade = db.Risks.Where(r => r.SiteId == s.Id).Select(r => r.Grade).FirstOrDefault() }).ToListAsync(cancel);
        if (sites.Count == 0)
            return TypedResults.LocalRedirect("/draws?fault=draw");
        var grants = await (from grant in db.Grants
                            join user in db.UserRoles on grant.PersonId equals user.UserId
                            join role in db.Roles on user.RoleId equals role.Id
                            where role.Name == Roles.Inspector
                            orderby grant.PersonId
                            select grant).ToListAsync(cancel);
        var inspectors = grants.GroupBy(g => g.PersonId).Select(g =>
        {
            var theirs = sites.Where(s => g.Any(x => x.SiteId == s.Id || (x.RegionPath is { } path && s.RegionPath.StartsWith(path, StringComparison.Ordinal)))).Select(s => s.Id).ToList();
            return new DrawInspector(g.Key, theirs.Count == sites.Count ? null : theirs);
        }).Where(i => i.Sites is not { Count: 0 }).ToList();
        var input = new DrawInput([.. sites.Select(s => new DrawSite(s.Id, s.Name, RiskGrades.LotsOf(s.Grade ?? "A")))], inspectors, count.Value);
        InspectionDraw? made = null;
        await audit.RecordAsync(
            () =>
            {
                made = new InspectionDraw { At = time.GetUtcNow(), PersonId = scope.Me, RegionId = place.Id, Seed = text, From = JsonSerializer.Serialize(input, PublishedDraw.Json) };
                db.Draws.Add(made);
                return Task.FromResult<AuditNote?>(new(scope.Me, AuditActions.Draw, null, $"region/{place.Id}", $"{count} of {sites.Count} sites by '{text}'"));
            }, cancel);
        return TypedResults.LocalRedirect($"/draws/{made!.Id}");
    }

    private static async Task<Results<JsonHttpResult<PublishedDraw>, NotFound>> Published(int number, CentralDb db, CancellationToken cancel) =>
        await db.Draws.FindAsync([number], cancel) is { } draw ? TypedResults.Json(PublishedDraw.Of(draw), PublishedDraw.Json) : TypedResults.NotFound();
}
