using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>Requires officials to have signed in with a second factor.</summary>
/// <param name="Needed">False in demo mode by default.</param>
internal sealed record SecondFactorRequirement(bool Needed) : IAuthorizationRequirement
{
    public static SecondFactorRequirement Of(IConfiguration configuration) =>
        new(configuration.GetValue("SignIn:OfficialsNeedTotp", string.IsNullOrEmpty(configuration["Demo:Password"])));
}

internal sealed class SecondFactorHandler : AuthorizationHandler<SecondFactorRequirement>
{
    /// <summary>Claim type of the authentication method (RFC 8176).</summary>
    public const string Method = "amr";
    public const string Multiple = "mfa";

    private static readonly string[] Officials = [Roles.Administrator, Roles.Inspector, Roles.Regulator];

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, SecondFactorRequirement requirement)
    {
        if (!requirement.Needed || !IsOfficial(context.User) || context.User.HasClaim(Method, Multiple))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    public static bool IsOfficial(ClaimsPrincipal person) => Officials.Any(person.IsInRole);

    public static bool IsWithout(ClaimsPrincipal person) => IsOfficial(person) && !person.HasClaim(Method, Multiple);
}
