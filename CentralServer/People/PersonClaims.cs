using System.Security.Claims;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace BrightKitchen.CentralServer.People;

/// <summary>Adds the display name to the session's claims: pages show it instead of the sign-in name.</summary>
internal sealed class PersonClaims(UserManager<Person> people, RoleManager<IdentityRole> roles, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<Person, IdentityRole>(people, roles, options)
{
    private const string Shown = "display_name";

    /// <summary>Display name of the signed-in person; the sign-in name for sessions that an older version issued.</summary>
    public static string? ShownOf(ClaimsPrincipal person) => person.FindFirstValue(Shown) ?? person.Identity?.Name;

    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(Person user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new(Shown, user.Shown));
        return identity;
    }
}
