using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.People;

/// <summary>Creates accounts.</summary>
internal static class PeopleEndpoints
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/people/new", AddPerson).RequireAuthorization(Access.Administer);

    // The place is limited to the administrator's scope, so that no one is granted more than the administrator has.
    private static async Task<Results<RedirectHttpResult, FormFaultResult>> AddPerson(
        [FromForm] string? name,
        [FromForm] string? displayName,
        [FromForm] string? password,
        [FromForm] string? role,
        [FromForm] string? place,
        SiteScope scope,
        RegionTree tree,
        UserManager<Person> people,
        AccountService accounts,
        AuditLog audit,
        CancellationToken cancel
    )
    {
        var region = await scope.Regions.SingleOrDefaultAsync(r => r.Id == place, cancel);
        var site = await scope.Sites.SingleOrDefaultAsync(s => s.Id == place, cancel);
        if (!Roles.All.Contains(role) || (region is null && site is null))
            return Refused("role");
        // Parents and a kitchen's staff are assigned to a site, never to a region.
        if (site is null && role is Roles.Parent or Roles.Principal or Roles.Manager && region is not null)
            return Refused("place");
        var (person, fault) = await accounts.CreateAsync(name, displayName, password);
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

        static FormFaultResult Refused(string why) => new("/people", why);
    }
}
