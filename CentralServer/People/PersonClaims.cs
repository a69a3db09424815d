using System.Security.Claims;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>Adds the display name to what a session knows: pages show it instead of the sign-in name.</summary>
internal sealed class PersonClaims(UserManager<Person> people, RoleManager<IdentityRole> roles, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<Person, IdentityRole>(people, roles, options)
{
    private const string Shown = "display_name";

    /// <summary>The display name of who is signed in; the sign-in name in sessions of an older version.</summary>
    public static string? ShownOf(ClaimsPrincipal person) => person.FindFirstValue(Shown) ?? person.Identity?.Name;

    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(Person user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new(Shown, user.Shown));
        return identity;
    }
}
