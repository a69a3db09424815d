using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>The forms of the page with API tokens and webhooks.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        app.MapPost("/tokens/{id}/revoke", Revoke).RequireAuthorization(Access.Clear);
        app.MapPost("/webhooks/{id}/remove", Remove).RequireAuthorization(Access.Clear);
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Revoke(
        string id,
        [FromForm] string? confirm,
        ApiTokens tokens,
        CancellationToken cancel
    )
    {
        _ = confirm;
        return await tokens.RevokeAsync(id, cancel) ? TypedResults.LocalRedirect("/api-access") : TypedResults.NotFound();
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Remove(
        string id,
        [FromForm] string? confirm,
        Webhooks webhooks,
        CancellationToken cancel
    )
    {
        _ = confirm;
        return await webhooks.RemoveAsync(id, cancel) ? TypedResults.LocalRedirect("/api-access") : TypedResults.NotFound();
    }
}
