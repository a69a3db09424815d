using System.Security.Claims;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>
/// Authorization policies of the API, one per scope. The read scope also accepts the session cookie, for the scripts of the pages; scopes
/// that change data accept only tokens, which rules out cross-site request forgery.
/// </summary>
internal static class ApiAccess
{
    public const string Limit = "api";

    /// <summary>Name of the policy of a scope.</summary>
    public static string Of(string scope) => $"api-{scope}";

    /// <summary>Whether the policy accepts only tokens.</summary>
    public static bool IsForTokens(string policy) => policy.StartsWith("api-", StringComparison.Ordinal) && policy != Of(ApiScopes.Read);

    public static void AddApiAccess(this AuthorizationBuilder authorization, SecondFactorRequirement secondFactor)
    {
        foreach (var scope in ApiScopes.All)
        {
            authorization.AddPolicy(Of(scope), p =>
            {
                p.AddAuthenticationSchemes(
                        scope == ApiScopes.Read
                            ? [TokenAuthentication.SchemeName, IdentityConstants.ApplicationScheme]
                            : [TokenAuthentication.SchemeName]
                    )
                    .RequireRole(Access.RolesOf[Access.Clear])
                    .AddRequirements(secondFactor)
                    .RequireAssertion(context => HasScope(context.User, scope));
            });
        }
    }

    public static void AddTokens(this IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        services.AddScoped<ApiTokens>();
    }

    // A request with a token is limited to the token's scopes, even if the browser also sends a session cookie.
    private static bool HasScope(ClaimsPrincipal user, string scope) =>
        user.Identities.Any(i => i.AuthenticationType == TokenAuthentication.SchemeName)
            ? user.HasClaim(TokenAuthentication.ScopeClaim, scope)
            : scope == ApiScopes.Read;
}
