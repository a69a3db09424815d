using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace BrightKitchen.CentralServer.People;

/// <summary>Officials work only after a sign-in with a second factor.</summary>
/// <param name="Needed">False in the demo, which says so.</param>
internal sealed record SecondFactorOfOfficials(bool Needed) : IAuthorizationRequirement;

internal sealed class SecondFactorHandler : AuthorizationHandler<SecondFactorOfOfficials>
{
    private static readonly string[] Officials = [Roles.Administrator, Roles.Inspector, Roles.Regulator];

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, SecondFactorOfOfficials requirement)
    {
        // "amr" says how somebody signed in.
        if (!requirement.Needed || !Officials.Any(context.User.IsInRole) || context.User.HasClaim("amr", "mfa"))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    public static bool IsWithout(ClaimsPrincipal person) => Officials.Any(person.IsInRole) && !person.HasClaim("amr", "mfa");
}
