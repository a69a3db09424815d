using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.People;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Sites;

/// <summary>Making regions, sites, areas and people.</summary>
internal static class SiteEndpoints
{
    private const int LongestName = 60;

    public static void MapSites(this IEndpointRouteBuilder app)
    {
        var regions = app.MapGroup("/regions/{id}").RequireAuthorization(Access.Administer);
        regions.MapPost("/regions", AddRegion);
        regions.MapPost("/sites", AddSite);
        var sites = app.MapGroup("/sites/{id}").RequireAuthorization(Access.Administer);
        sites.MapPost("/areas", AddArea);
        app.MapPost("/people/new", AddPerson).RequireAuthorization(Access.Administer);
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> AddRegion(string id, [FromForm] string? name, SiteScope scope, RegionTree tree, AuditLog audit, CancellationToken cancel)
    {
        if (await scope.Regions.SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } parent)
            return TypedResults.NotFound();
        if (!IsName(name) || parent.Level == RegionLevels.Township)
            return TypedResults.LocalRedirect("/regions?fault=name");
        var made = await tree.AddRegionAsync(name!.Trim(), parent, cancel);
        await audit.WriteAsync([new(scope.Me, AuditActions.Order, null, $"region/{made.Id}", $"made {made.Name}")], cancel);
        return TypedResults.LocalRedirect("/regions");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> AddSite(string id, [FromForm] string? name, [FromForm] string? kind, SiteScope scope, RegionTree tree, AuditLog audit, CancellationToken cancel)
    {
        if (await scope.Regions.SingleOrDefaultAsync(r => r.Id == id, cancel) is not { } region)
            return TypedResults.NotFound();
        if (!IsName(name) || !SiteKinds.All.Contains(kind))
            return TypedResults.LocalRedirect("/regions?fault=name");
        var made = await tree.AddSiteAsync(name!.Trim(), kind!, region, cancel);
        await audit.WriteAsync([new(scope.Me, AuditActions.Order, made.Id, $"site/{made.Id}", $"made {made.Name}")], cancel);
        return TypedResults.LocalRedirect("/regions");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> AddArea(string id, [FromForm] string? name, [FromForm] string? kind, SiteScope scope, CentralDb db, CancellationToken cancel)
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == id, cancel))
            return TypedResults.NotFound();
        if (!IsName(name) || !AreaKinds.All.Contains(kind))
            return TypedResults.LocalRedirect("/regions?fault=name");
        db.Areas.Add(new Area { Id = Guid.CreateVersion7().ToString("N"), SiteId = id, Name = name!.Trim(), Kind = kind! });
        await db.SaveChangesAsync(cancel);
        return TypedResults.LocalRedirect("/regions");
    }

    // A role and a place within the administrator's own; nobody can be given more than their maker has.
    private static async Task<RedirectHttpResult> AddPerson(
        [FromForm] string? name, [FromForm] string? displayName, [FromForm] string? password, [FromForm] string? role, [FromForm] string? place,
        SiteScope scope, RegionTree tree, UserManager<Person> people, AuditLog audit, CancellationToken cancel)
    {
        var region = await scope.Regions.SingleOrDefaultAsync(r => r.Id == place, cancel);
        var site = await scope.Sites.SingleOrDefaultAsync(s => s.Id == place, cancel);
        if (!IsName(name) || !Roles.All.Contains(role) || (region is null && site is null))
            return TypedResults.LocalRedirect("/people?fault=name");
        // Parents and those of a kitchen belong to a site.
        if (site is null && role is Roles.Parent or Roles.Principal or Roles.Manager && region is not null)
            return TypedResults.LocalRedirect("/people?fault=place");
        var person = new Person { UserName = name!.Trim(), DisplayName = IsName(displayName) ? displayName!.Trim() : name.Trim() };
        var made = await people.CreateAsync(person, password ?? "");
        if (!made.Succeeded)
            return TypedResults.LocalRedirect($"/people?fault={(made.Errors.Any(e => e.Code.StartsWith("Password", StringComparison.Ordinal)) ? "password" : "name")}");
        await people.AddToRoleAsync(person, role!);
        if (site is not null)
            await tree.GrantAsync(person.Id, site, cancel);
        else
            await tree.GrantAsync(person.Id, region!, cancel);
        await audit.WriteAsync([new(scope.Me, AuditActions.Grant, site?.Id, $"person/{person.Id}", $"{role} of {site?.Name ?? region!.Name}")], cancel);
        return TypedResults.LocalRedirect("/people");
    }

    private static bool IsName(string? name) => name?.Trim() is { Length: > 0 and <= LongestName };
}
