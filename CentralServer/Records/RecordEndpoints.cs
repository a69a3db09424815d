using System.Globalization;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Forms;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Pictures;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

/// <summary>Forms and pictures of the pages of records and staff.</summary>
internal static class RecordEndpoints
{
    private const string Prefix = "v.";

    public static void MapRecords(this IEndpointRouteBuilder app)
    {
        var site = app.MapGroup("/sites/{site}");
        site.MapPost("/records", SaveRecord)
            .RequireAuthorization(Access.Keep)
            .WithMetadata(new UploadForm(http => $"/records/{http.GetRouteValue("site")}"));
        var staff = new UploadForm(http => $"/staff/{http.GetRouteValue("site")}");
        site.MapPost(
                "/staff",
                (
                    string site,
                    IFormCollection form,
                    SiteScope scope,
                    StaffService members,
                    PictureFiles pictures,
                    CancellationToken cancel
                ) => Staff(site, null, form, scope, members, pictures, cancel)
            )
            .RequireAuthorization(Access.Keep)
            .WithMetadata(staff);
        site.MapPost("/staff/{member}", Staff).RequireAuthorization(Access.Keep).WithMetadata(staff);
        site.MapPost("/reports", Sign).RequireAuthorization(Access.Keep);
        site.MapGet("/records/{record}/picture", RecordPicture).RequireAuthorization(Access.Clear);
        site.MapGet("/staff/{member}/certificate", Certificate).RequireAuthorization(Access.Clear);
        // The photograph of a menu is the only picture of a kitchen's records that is public.
        app.MapGet("/visit/{token}/menus/{record}", MenuPicture).AllowAnonymous();
    }

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> SaveRecord(
        string site,
        IFormCollection form,
        HttpContext http,
        SiteScope scope,
        RecordService records,
        PictureFiles pictures,
        UserManager<Person> people,
        CancellationToken cancel
    )
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.StoreAsync(form.Files["picture"], cancel);
        if (refused)
            return new FormFaultResult($"/records/{site}", "picture");
        var kind = form["kind"].ToString();
        var values = form.Where(f => f.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(f => f.Key[Prefix.Length..], f => f.Value.ToString());
        var (fault, saved) = await records.SaveAsync(
            site,
            new(null, kind, values, Date(form, "day"), digest, form["corrects"] is [{ Length: > 0 } corrects] ? corrects : null),
            await Actor.OfAsync(http, people),
            cancel
        );
        if (saved is null)
            return fault == "missing" ? TypedResults.NotFound() : new FormFaultResult($"/records/{site}", fault!);
        return TypedResults.LocalRedirect($"/records/{site}?day={saved.Day:yyyy-MM-dd}&kept={saved.Kind}");
    }

    private static async Task<Results<RedirectHttpResult, NotFound, FormFaultResult>> Staff(
        string site,
        string? member,
        IFormCollection form,
        SiteScope scope,
        StaffService members,
        PictureFiles pictures,
        CancellationToken cancel
    )
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.StoreAsync(form.Files["picture"], cancel);
        if (refused)
            return new FormFaultResult($"/staff/{site}", "picture");
        var version = long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var shown) ? shown : (long?)null;
        var fault = await members.SaveAsync(
            site,
            member,
            new(form["name"], form["job"], Date(form, "certificateUntil"), Date(form, "trainedOn"), digest, form["left"] == "yes", version),
            cancel
        );
        return fault switch
        {
            null => TypedResults.LocalRedirect($"/staff/{site}"),
            "missing" => TypedResults.NotFound(),
            _ => new FormFaultResult($"/staff/{site}", fault),
        };
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Sign(
        string site,
        [FromForm] DateOnly? from,
        [FromForm] string? span,
        [FromForm] string? remarks,
        HttpContext http,
        SiteReports reports,
        SiteScope scope,
        TimeProvider time,
        UserManager<Person> people,
        CancellationToken cancel
    )
    {
        if (await scope.Sites.SingleOrDefaultAsync(s => s.Id == site, cancel) is not { } found)
            return TypedResults.NotFound();
        var period = SiteReportPeriod.Of(span, from, RecordService.Today(found, time));
        var fault = await reports.SignAsync(site, period, remarks ?? "", await Actor.OfAsync(http, people), cancel);
        if (fault == "missing")
            return TypedResults.NotFound();
        var outcome = fault is null ? "signed=yes" : "fault=" + fault;
        return TypedResults.LocalRedirect(
            $"/records/{site}/report?from={period.From:yyyy-MM-dd}&span={(period.IsWeek ? "week" : "term")}&{outcome}"
        );
    }

    // An empty date field means no date.
    private static DateOnly? Date(IFormCollection form, string name) =>
        DateOnly.TryParseExact(form[name], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    private static Task<Results<FileContentHttpResult, NotFound>> RecordPicture(
        string site,
        string record,
        SiteScope scope,
        CentralDb db,
        PictureFiles pictures,
        ClearViewLog clearViews,
        CancellationToken cancel
    ) =>
        PictureAsync(
            site,
            $"record/{record}",
            scope,
            db.Records.Where(r => r.Id == record && r.SiteId == site).Select(r => r.Picture),
            pictures,
            clearViews,
            cancel
        );

    private static async Task<Results<FileContentHttpResult, NotFound>> MenuPicture(
        string token,
        string record,
        CentralDb db,
        PictureFiles pictures,
        CancellationToken cancel
    )
    {
        var sites = db.Sites;
        return
            await db
                .Records.Where(r =>
                    r.Id == record && sites.Any(s => s.Id == r.SiteId && s.VisitToken == token) && r.Kind == RecordKinds.Menu
                )
                .Select(r => r.Picture)
                .SingleOrDefaultAsync(cancel)
                is { } found
            && await pictures.FindCleanAsync(found, cancel) is var (bytes, type)
            ? TypedResults.Bytes(bytes, type)
            : TypedResults.NotFound();
    }

    private static Task<Results<FileContentHttpResult, NotFound>> Certificate(
        string site,
        string member,
        SiteScope scope,
        CentralDb db,
        PictureFiles pictures,
        ClearViewLog clearViews,
        CancellationToken cancel
    ) =>
        PictureAsync(
            site,
            $"staff/{member}",
            scope,
            db.Staff.Where(s => s.Id == member && s.SiteId == site).Select(s => s.CertificatePicture),
            pictures,
            clearViews,
            cancel
        );

    // Certificates and photographs of staff are personal data: each view is logged before the picture is sent, as with clear pictures of
    // findings.
    private static async Task<Results<FileContentHttpResult, NotFound>> PictureAsync(
        string site,
        string subject,
        SiteScope scope,
        IQueryable<string?> digest,
        PictureFiles pictures,
        ClearViewLog clearViews,
        CancellationToken cancel
    )
    {
        if (
            !await scope.Sites.AnyAsync(s => s.Id == site, cancel)
            || await digest.SingleOrDefaultAsync(cancel) is not { } found
            || await pictures.FindAsync(found, cancel) is not var (bytes, type)
        )
            return TypedResults.NotFound();
        await clearViews.RecordAsync(scope.Me, site, subject, cancel);
        return TypedResults.Bytes(bytes, type);
    }
}
