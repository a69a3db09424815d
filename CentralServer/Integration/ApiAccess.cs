using System.Security.Claims;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>
/// Policies of the API: one a scope. Reading is for the pages' scripts too; what changes something is for tokens alone, which no other
/// site's form can send.
/// </summary>
internal static class ApiAccess
{
    public const string Limit = "api";

    /// <summary>The policy of a scope.</summary>
    public static string Of(string scope) => $"api-{scope}";

    /// <summary>Whether only a token opens it.</summary>
    public static bool IsForTokens(string policy) => policy.StartsWith("api-", StringComparison.Ordinal) && policy != Of(ApiScopes.Read);

    public static void AddApiAccess(this AuthorizationBuilder authorization, SecondFactorOfOfficials secondFactor)
    {
        foreach (var scope in ApiScopes.All)
        {
            authorization.AddPolicy(Of(scope), p =>
            {
                p.AddAuthenticationSchemes(
                        scope == ApiScopes.Read
                            ? [TokenAuthentication.Scheme_, IdentityConstants.ApplicationScheme]
                            : [TokenAuthentication.Scheme_]
                    )
                    .RequireRole(Access.RolesOf[Access.Clear])
                    .AddRequirements(secondFactor)
                    .RequireAssertion(context => Opens(context.User, scope));
            });
        }
    }

    public static void AddTokens(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.Scheme_, null);
        services.AddScoped<ApiTokens>();
    }

    // A token is bound to its scopes also where the same browser is signed in.
    private static bool Opens(ClaimsPrincipal user, string scope) =>
        user.Identities.Any(i => i.AuthenticationType == TokenAuthentication.Scheme_)
            ? user.HasClaim(TokenAuthentication.ScopeClaim, scope)
            : scope == ApiScopes.Read;
}
