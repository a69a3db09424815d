using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Integration;
using BrightKitchen.CentralServer.Kiosks;
using Microsoft.AspNetCore.Authorization;

namespace BrightKitchen.CentralServer;

/// <summary>
/// <c>CentralServer endpoints</c>: prints the access to each endpoint, one per line: methods, route, and the roles that may use it; or
/// <c>*</c> for any signed-in person, <c>-</c> for anonymous access, <c>box</c>, <c>kiosk</c> or <c>token</c>.
/// </summary>
internal static class EndpointTable
{
    public static IEnumerable<string> Of(IEndpointRouteBuilder app)
    {
        foreach (
            var endpoint in app
                .DataSources.SelectMany(s => s.Endpoints)
                .OfType<RouteEndpoint>()
                .OrderBy(e => e.RoutePattern.RawText, StringComparer.Ordinal)
        )
        {
            var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];
            var route = "/" + endpoint.RoutePattern.RawText?.TrimStart('/');
            if (
                route.Contains("{**", StringComparison.Ordinal)
                || endpoint.Metadata.OfType<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>().Any()
            )
                continue;
            yield return $"{string.Join(',', methods)} {route} {Who(endpoint)}";
        }
    }

    private static string Who(Endpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return "-";
        var policies = endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy).OfType<string>().ToList();
        if (policies.Contains(BoxAuthentication.Policy))
            return "box";
        if (policies.Contains(KioskAuthentication.Policy))
            return "kiosk";
        if (policies.Exists(ApiAccess.IsForTokens))
            return "token";
        // With several policies a person needs a role of each.
        var roles = policies
            .Select(p => p == ApiAccess.Of(ApiScopes.Read) ? Access.Clear : p)
            .Where(Access.RolesOf.ContainsKey)
            .Select(p => Access.RolesOf[p])
            .Aggregate((IEnumerable<string>?)null, (all, some) => all is null ? some : all.Intersect(some));
        return roles is null ? "*" : string.Join(',', roles);
    }
}
