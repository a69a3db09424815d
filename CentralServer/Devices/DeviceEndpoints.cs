using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Devices;

internal sealed record SetupOrdered(long Revision);

/// <summary>Enrolment, setup and revocation of edge agents.</summary>
internal static class DeviceEndpoints
{
    public const string EnrolmentLimit = "enrolment";

    public static void MapDevices(this IEndpointRouteBuilder app)
    {
        app.MapPost(BoxRoutes.Enrol, Enrol).AllowAnonymous().RequireRateLimiting(EnrolmentLimit).DisableAntiforgery();
        app.MapPost("/boxes/{id}/revoke", Revoke).RequireAuthorization(Access.Administer);
        var setups = app.MapGroup("/api/boxes/{id}/setup").RequireAuthorization(Access.Administer);
        setups.MapGet("", Setup);
        setups.MapPut("", OrderSetup);
        app.MapHub<BoxHub>(BoxRoutes.Hub);
    }

    private static async Task<Results<Ok<EnrolmentAnswer>, UnauthorizedHttpResult>> Enrol(
        EnrolmentRequest request,
        Enrolment enrolment,
        CancellationToken cancel
    ) =>
        await enrolment.EnrolAsync(request, EnrolmentCode.Box, cancel) is { } answer
            ? TypedResults.Ok(answer)
            : TypedResults.Unauthorized();

    private static async Task<Results<Ok<SetupReport>, NotFound>> Setup(string id, SiteScope scope, CancellationToken cancel) =>
        await scope.Boxes.SingleOrDefaultAsync(b => b.Id == id, cancel) is { } box && SetupService.ReportOf(box) is { } report
            ? TypedResults.Ok(report)
            : TypedResults.NotFound();

    // The page's script sends the antiforgery token in a header, which a form of another site cannot do.
    private static async Task<Results<Accepted<SetupOrdered>, NotFound, ProblemHttpResult>> OrderSetup(
        string id,
        SiteSetup setup,
        long? after,
        HttpContext http,
        IAntiforgery antiforgery,
        SiteScope scope,
        SetupService setups,
        CancellationToken cancel
    )
    {
        if (!await antiforgery.IsRequestValidAsync(http))
            return TypedResults.Problem("The page has expired; reload it and try again.", statusCode: StatusCodes.Status400BadRequest);
        if (await scope.Boxes.SingleOrDefaultAsync(b => b.Id == id && b.RevokedAt == null, cancel) is not { } box)
            return TypedResults.NotFound();
        return SetupService.Fault(setup) is { } fault
                ? TypedResults.Problem($"The setup cannot be ordered: {fault}.", statusCode: StatusCodes.Status400BadRequest)
            : await setups.OrderAsync(box, setup, after, cancel) is { } revision
                ? TypedResults.Accepted($"/api/boxes/{id}/setup", new SetupOrdered(revision))
            : TypedResults.Problem(
                "Another user ordered a different setup in the meantime, and yours was not ordered. Reload the page and check "
                    + "the other setup first.",
                statusCode: StatusCodes.Status409Conflict
            );
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Revoke(
        string id,
        [FromForm] string? confirm,
        SiteScope scope,
        AuditLog audit,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        _ = confirm;
        var alreadyRevoked = false;
        var done = await audit.RecordAsync(
            async () =>
            {
                if (await scope.Boxes.SingleOrDefaultAsync(b => b.Id == id, cancel) is not { } box)
                    return null;
                // Idempotent: a repeated revocation changes nothing and is not logged.
                alreadyRevoked = box.RevokedAt is not null;
                if (alreadyRevoked)
                    return null;
                box.RevokedAt = time.GetUtcNow();
                return new AuditNote(scope.Me, AuditActions.Revoke, box.SiteId, $"box/{id}");
            },
            cancel
        );
        return done || alreadyRevoked ? TypedResults.LocalRedirect("/boxes") : TypedResults.NotFound();
    }
}
