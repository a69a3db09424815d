using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Places;

/// <summary>Endpoints that create regions, sites and areas and replace a site's public URL.</summary>
internal static class SiteEndpoints
{
    public static void MapPlaces(this IEndpointRouteBuilder app)
    {
        var regions = app.MapGroup("/regions/{id}").RequireAuthorization(Access.Administer);
        regions.MapPost("/regions", AddRegion);
        regions.MapPost("/sites", AddSite);
        var sites = app.MapGroup("/sites/{id}").RequireAuthorization(Access.Administer);
        sites.MapPost("/areas", AddArea);
        app.MapPost("/sites/{id}/visit-token", ReplaceVisitToken).RequireAuthorization(Access.Publish);
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> AddRegion(
        string id,
        [FromForm] string? name,
        SiteScope scope,
        RegionTree tree,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        if (await scope.Regions.SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } parent)
            return TypedResults.NotFound();
        if (!IsName(name) || parent.Level == RegionLevels.Township)
            return TypedResults.LocalRedirect("/regions?fault=name");
        var done = await audit.RecordAsync(
            async () =>
                await tree.AddRegionOnceAsync(name!.Trim(), parent, cancel) is { } made
                    ? new AuditNote(scope.Me, AuditActions.Order, null, $"region/{made.Id}", $"made {made.Name}")
                    : null,
            cancel
        );
        return TypedResults.LocalRedirect(done ? "/regions" : "/regions?fault=exists");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> AddSite(
        string id,
        [FromForm] string? name,
        [FromForm] string? kind,
        SiteScope scope,
        RegionTree tree,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        if (await scope.Regions.SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } region)
            return TypedResults.NotFound();
        if (!IsName(name) || !SiteKinds.All.Contains(kind))
            return TypedResults.LocalRedirect("/regions?fault=name");
        var done = await audit.RecordAsync(
            async () =>
                await tree.AddSiteOnceAsync(name!.Trim(), kind!, region, cancel) is { } made
                    ? new AuditNote(scope.Me, AuditActions.Order, made.Id, $"site/{made.Id}", $"made {made.Name}")
                    : null,
            cancel
        );
        return TypedResults.LocalRedirect(done ? "/regions" : "/regions?fault=exists");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> AddArea(
        string id,
        [FromForm] string? name,
        [FromForm] string? kind,
        SiteScope scope,
        RegionTree tree,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == id, cancel))
            return TypedResults.NotFound();
        if (!IsName(name) || !AreaKinds.All.Contains(kind))
            return TypedResults.LocalRedirect("/regions?fault=name");
        var done = await audit.RecordAsync(
            async () =>
                await tree.AddAreaOnceAsync(id, name!.Trim(), kind!, cancel) is { } made
                    ? new AuditNote(scope.Me, AuditActions.Order, id, $"area/{made.Id}", $"made {made.Name}")
                    : null,
            cancel
        );
        return TypedResults.LocalRedirect(done ? "/regions" : "/regions?fault=exists");
    }

    // The old URL is invalid from now on; viewers who use it lose the live picture when their ticket expires, within two minutes.
    private static async Task<Results<RedirectHttpResult, NotFound>> ReplaceVisitToken(
        string id,
        [FromForm] string? confirm,
        SiteScope scope,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        _ = confirm;
        var done = await audit.RecordAsync(
            async () =>
            {
                if (await scope.Sites.SingleOrDefaultAsync(s => s.Id == id, cancel) is not { } site)
                    return null;
                site.VisitToken = VisitToken.New();
                return new AuditNote(scope.Me, AuditActions.Order, id, $"site/{id}", "replaced the address of the public page");
            },
            cancel
        );
        return done ? TypedResults.LocalRedirect($"/school/{id}") : TypedResults.NotFound();
    }

    private static bool IsName(string? name) => name?.Trim() is { Length: > 0 and <= Area.LongestName };
}
