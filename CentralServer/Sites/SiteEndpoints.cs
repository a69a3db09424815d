using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.People;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>Making regions, sites, areas and people.</summary>
internal static class SiteEndpoints
{
    internal const int LongestName = 60;

    public static void MapSites(this IEndpointRouteBuilder app)
    {
        var regions = app.MapGroup("/regions/{id}").RequireAuthorization(Access.Administer);
        regions.MapPost("/regions", AddRegion);
        regions.MapPost("/sites", AddSite);
        var sites = app.MapGroup("/sites/{id}").RequireAuthorization(Access.Administer);
        sites.MapPost("/areas", AddArea);
        app.MapPost("/sites/{id}/visit-token", ReplaceVisitToken).RequireAuthorization(Access.Publish);
        app.MapPost("/people/new", AddPerson).RequireAuthorization(Access.Administer);
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

    // The old address opens nothing from now on; who watches by it loses the picture with their next ticket, within two minutes.
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

    // A role and a place within the administrator's own; nobody can be given more than their maker has.
    private static async Task<Results<RedirectHttpResult, BackToForm>> AddPerson(
        [FromForm] string? name,
        [FromForm] string? displayName,
        [FromForm] string? password,
        [FromForm] string? role,
        [FromForm] string? place,
        SiteScope scope,
        RegionTree tree,
        UserManager<Person> people,
        Newcomers newcomers,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        var region = await scope.Regions.SingleOrDefaultAsync(r => r.Id == place, cancel);
        var site = await scope.Sites.SingleOrDefaultAsync(s => s.Id == place, cancel);
        if (!Roles.All.Contains(role) || (region is null && site is null))
            return Refused("role");
        // Parents and those of a kitchen belong to a site.
        if (site is null && role is Roles.Parent or Roles.Principal or Roles.Manager && region is not null)
            return Refused("place");
        var (person, fault) = await newcomers.MakeAsync(name, displayName, password);
        if (person is null)
            return Refused(fault!);
        await people.AddToRoleAsync(person, role!);
        if (site is not null)
            await tree.GrantAsync(person.Id, site, cancel);
        else
            await tree.GrantAsync(person.Id, region!, cancel);
        await audit.WriteAsync(
            [new(scope.Me, AuditActions.Grant, site?.Id, $"person/{person.Id}", $"{role} of {site?.Name ?? region!.Name}")],
            cancel
        );
        return TypedResults.LocalRedirect("/people");

        static BackToForm Refused(string why) => new("/people", why);
    }

    private static bool IsName(string? name) => name?.Trim() is { Length: > 0 and <= LongestName };
}
