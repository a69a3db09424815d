using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

/// <summary>Enrolling and revoking boxes.</summary>
internal static class DeviceEndpoints
{
    public const string EnrolmentLimit = "enrolment";

    public static void MapDevices(this IEndpointRouteBuilder app)
    {
        app.MapPost(BoxRoutes.Enrol, Enrol).AllowAnonymous().RequireRateLimiting(EnrolmentLimit).DisableAntiforgery();
        app.MapPost("/boxes/{id}/revoke", Revoke).RequireAuthorization(p => p.RequireRole(Roles.Administrator));
        app.MapHub<BoxHub>(BoxRoutes.Hub);
    }

    private static async Task<Results<Ok<EnrolmentAnswer>, UnauthorizedHttpResult>> Enrol(EnrolmentRequest request, Enrolment enrolment, CancellationToken cancel) =>
        await enrolment.EnrolAsync(request, cancel) is { } answer ? TypedResults.Ok(answer) : TypedResults.Unauthorized();

    private static async Task<Results<RedirectHttpResult, NotFound>> Revoke(string id, [FromForm] string? confirm, SiteScope scope, CentralDb db, TimeProvider time, CancellationToken cancel)
    {
        _ = confirm;
        if (!await scope.Boxes.AnyAsync(b => b.Id == id, cancel))
            return TypedResults.NotFound();
        await db.Boxes.Where(b => b.Id == id && b.RevokedAt == null).ExecuteUpdateAsync(b => b.SetProperty(x => x.RevokedAt, time.GetUtcNow()), cancel);
        return TypedResults.LocalRedirect("/boxes");
    }
}
