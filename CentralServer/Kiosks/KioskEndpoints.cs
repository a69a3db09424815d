using System.Security.Claims;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Devices;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>Endpoints of kiosks, and their revocation.</summary>
internal static class KioskEndpoints
{
    private const int MostValues = 20;
    private static readonly TimeSpan SeenEvery = TimeSpan.FromSeconds(30);

    public static void AddKiosks(this IServiceCollection services)
    {
        services.AddScoped<KioskSiteQuery>().AddScoped<KioskIntake>();
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, KioskAuthentication>(KioskAuthentication.SchemeName, null);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(KioskAuthentication.Policy, p =>
                p.AddAuthenticationSchemes(KioskAuthentication.SchemeName).RequireAuthenticatedUser()
            );
    }

    public static void MapKiosks(this IEndpointRouteBuilder app)
    {
        app.MapPost(KioskRoutes.Enrol, Enrol).AllowAnonymous().RequireRateLimiting(DeviceEndpoints.EnrolmentLimit).DisableAntiforgery();
        app.MapPost("/kiosks/{id}/revoke", Revoke).RequireAuthorization(Access.Administer);
        app.MapGet(KioskRoutes.Site, Site).RequireAuthorization(KioskAuthentication.Policy);
        app.MapPost(KioskRoutes.Entries, Take).RequireAuthorization(KioskAuthentication.Policy).DisableAntiforgery();
        app.MapGet(KioskRoutes.Picture("{digest}"), MenuPicture).RequireAuthorization(KioskAuthentication.Policy);
        app.MapPut(KioskRoutes.Picture("{digest}"), StorePicture).RequireAuthorization(KioskAuthentication.Policy).DisableAntiforgery();
    }

    private static async Task<Results<Ok<EnrolmentAnswer>, UnauthorizedHttpResult>> Enrol(
        EnrolmentRequest request,
        Enrolment enrolment,
        CancellationToken cancel
    ) =>
        await enrolment.EnrolAsync(request, EnrolmentCode.Kiosk, cancel) is { } answer
            ? TypedResults.Ok(answer)
            : TypedResults.Unauthorized();

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
        var there = false;
        var done = await audit.RecordAsync(
            async () =>
            {
                if (await scope.Kiosks.SingleOrDefaultAsync(k => k.Id == id, cancel) is not { } kiosk)
                    return null;
                // Idempotent: revoking a revoked kiosk succeeds and is not logged again.
                there = kiosk.RevokedAt is not null;
                if (there)
                    return null;
                kiosk.RevokedAt = time.GetUtcNow();
                return new AuditNote(scope.Me, AuditActions.Revoke, kiosk.SiteId, $"kiosk/{id}");
            },
            cancel
        );
        return done || there ? TypedResults.LocalRedirect("/boxes") : TypedResults.NotFound();
    }

    private static async Task<Results<Ok<KioskSite>, NotFound>> Site(
        HttpContext http,
        CentralDb db,
        KioskSiteQuery query,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        var (id, now) = (IdOf(http), time.GetUtcNow());
        var seen = now - SeenEvery;
        await StorageUnavailable.TryWriteAsync(() =>
            db
                .Kiosks.Where(k => k.Id == id && (k.LastSeenAt == null || k.LastSeenAt < seen))
                .ExecuteUpdateAsync(k => k.SetProperty(x => x.LastSeenAt, now), cancel)
        );
        return await query.OfAsync(SiteOf(http), cancel) is { } site ? TypedResults.Ok(site) : TypedResults.NotFound();
    }

    private static async Task<Results<Ok<KioskEntryOutcome>, ProblemHttpResult>> Take(
        KioskEntry entry,
        HttpContext http,
        KioskIntake intake,
        CancellationToken cancel
    ) =>
        !Guid.TryParseExact(entry.Id, "N", out _)
        || entry is { Kind: null } or { StaffId: null } or { Values: null } or { Values.Count: > MostValues }
        || (entry.Kind == KioskEntry.Answer && entry.Finding is null)
            ? TypedResults.Problem(
                $"An entry needs an id of 32 hexadecimal digits, a kind, a staff id and up to {MostValues} values; an answer, a finding.",
                statusCode: StatusCodes.Status400BadRequest
            )
        : await intake.ProcessAsync(IdOf(http), SiteOf(http), entry, cancel) is { } outcome ? TypedResults.Ok(outcome)
        : TypedResults.Problem(
            $"The entry's picture is missing. Send it to {KioskRoutes.Picture(entry.Picture!)}, then send the entry again.",
            statusCode: StatusCodes.Status409Conflict,
            type: KioskRoutes.PictureMissing
        );

    private static async Task<Results<NoContent, ProblemHttpResult>> StorePicture(
        string digest,
        HttpContext http,
        PictureFiles pictures,
        CancellationToken cancel
    )
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = PictureFiles.Largest + 1;
        return await pictures.StoreAsSentAsync(digest, http.Request.Body, cancel)
            ? TypedResults.NoContent()
            : TypedResults.Problem(
                "The picture is not a JPEG, PNG or WebP with this SHA-256, or it is larger than 8 MB or 50 megapixels.",
                statusCode: StatusCodes.Status422UnprocessableEntity
            );
    }

    // Serves only photographs of menus, which are public, and no other picture of the site's records.
    private static async Task<Results<FileContentHttpResult, NotFound>> MenuPicture(
        string digest,
        HttpContext http,
        CentralDb db,
        PictureFiles pictures,
        CancellationToken cancel
    )
    {
        var site = SiteOf(http);
        return
            await db.Records.AnyAsync(r => r.SiteId == site && r.Kind == RecordKinds.Menu && r.Picture == digest, cancel)
            && await pictures.FindAsync(digest, cancel) is var (bytes, type)
            ? TypedResults.Bytes(bytes, type)
            : TypedResults.NotFound();
    }

    private static string IdOf(HttpContext http) => http.User.FindFirstValue(ClaimTypes.NameIdentifier)!;

    private static string SiteOf(HttpContext http) => http.User.FindFirstValue(BoxAuthentication.SiteClaim)!;
}
