using System.Globalization;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.People;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Records;

/// <summary>The forms of the records' and the staff's pages.</summary>
internal static class RecordEndpoints
{
    private const string Prefix = "v.";

    public static void MapRecords(this IEndpointRouteBuilder app)
    {
        var site = app.MapGroup("/sites/{site}");
        site.MapPost("/records", Keep).RequireAuthorization(Access.Keep);
        site.MapPost("/staff", (string site, IFormCollection form, SiteScope scope, StaffDesk desk, PictureFiles pictures, CancellationToken cancel) => Staff(site, null, form, scope, desk, pictures, cancel)).RequireAuthorization(Access.Keep);
        site.MapPost("/staff/{member}", Staff).RequireAuthorization(Access.Keep);
        site.MapPost("/reports", Sign).RequireAuthorization(Access.Keep);
        site.MapGet("/records/{record}/picture", RecordPicture).RequireAuthorization(Access.Clear);
        site.MapGet("/staff/{member}/certificate", Certificate).RequireAuthorization(Access.Clear);
        // A menu is public with its photograph, and nothing else of a kitchen's records is.
        app.MapGet("/visit/{site}/menus/{record}", MenuPicture).AllowAnonymous();
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Keep(
        string site, IFormCollection form, HttpContext http, SiteScope scope, RecordDesk desk, PictureFiles pictures, UserManager<Person> people, CancellationToken cancel)
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.KeepAsync(form.Files["picture"], cancel);
        if (refused)
            return TypedResults.LocalRedirect($"/records/{site}?fault=picture");
        var kind = form["kind"].ToString();
        var values = form.Where(f => f.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(f => f.Key[Prefix.Length..], f => f.Value.ToString());
        var (fault, kept) = await desk.KeepAsync(site, new(null, kind, values, Date(form, "day"), digest, form["corrects"] is [{ Length: > 0 } corrects] ? corrects : null), await Doer.OfAsync(http, people), cancel);
        return fault == "missing" ? TypedResults.NotFound()
            : TypedResults.LocalRedirect(kept is not null ? $"/records/{site}?day={kept.Day:yyyy-MM-dd}&kept={kept.Kind}" : $"/records/{site}?fault={fault}&kind={Uri.EscapeDataString(kind)}");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Staff(string site, string? member, IFormCollection form, SiteScope scope, StaffDesk desk, PictureFiles pictures, CancellationToken cancel)
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var (digest, refused) = await pictures.KeepAsync(form.Files["picture"], cancel);
        if (refused)
            return TypedResults.LocalRedirect($"/staff/{site}?fault=picture");
        var fault = await desk.KeepAsync(site, member, new(form["name"], form["job"], Date(form, "certificateUntil"), Date(form, "trainedOn"), digest, form["left"] == "yes"), cancel);
        return fault == "missing" ? TypedResults.NotFound() : TypedResults.LocalRedirect(fault is null ? $"/staff/{site}" : $"/staff/{site}?fault={fault}");
    }

    private static async Task<Results<RedirectHttpResult, NotFound>> Sign(
        string site, [FromForm] DateOnly? from, [FromForm] string? span, [FromForm] string? remarks, HttpContext http, SiteReports reports, SiteScope scope, TimeProvider time, UserManager<Person> people, CancellationToken cancel)
    {
        if (await scope.Sites.SingleOrDefaultAsync(s => s.Id == site, cancel) is not { } found)
            return TypedResults.NotFound();
        var period = SiteReportPeriod.Of(span, from, RecordDesk.Today(found, time));
        var fault = await reports.SignAsync(site, period, remarks ?? "", await Doer.OfAsync(http, people), cancel);
        return fault == "missing" ? TypedResults.NotFound()
            : TypedResults.LocalRedirect($"/records/{site}/report?from={period.From:yyyy-MM-dd}&span={(period.IsWeek ? "week" : "term")}{(fault is null ? "&signed=yes" : "&fault=" + fault)}");
    }

    // An empty date field is none.
    private static DateOnly? Date(IFormCollection form, string name) => DateOnly.TryParseExact(form[name], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    private static Task<Results<FileContentHttpResult, NotFound>> RecordPicture(string site, string record, SiteScope scope, CentralDb db, PictureFiles pictures, CancellationToken cancel) =>
        PictureAsync(site, scope, db.Records.Where(r => r.Id == record && r.SiteId == site).Select(r => r.Picture), pictures, cancel);

    private static async Task<Results<FileContentHttpResult, NotFound>> MenuPicture(string site, string record, CentralDb db, PictureFiles pictures, CancellationToken cancel) =>
        await db.Records.Where(r => r.Id == record && r.SiteId == site && r.Kind == RecordKinds.Menu).Select(r => r.Picture).SingleOrDefaultAsync(cancel) is { } found && await pictures.FindAsync(found, cancel) is var (bytes, type)
            ? TypedResults.Bytes(bytes, type) : TypedResults.NotFound();

    private static Task<Results<FileContentHttpResult, NotFound>> Certificate(string site, string member, SiteScope scope, CentralDb db, PictureFiles pictures, CancellationToken cancel) =>
        PictureAsync(site, scope, db.Staff.Where(s => s.Id == member && s.SiteId == site).Select(s => s.CertificatePicture), pictures, cancel);

    private static async Task<Results<FileContentHttpResult, NotFound>> PictureAsync(string site, SiteScope scope, IQueryable<string?> digest, PictureFiles pictures, CancellationToken cancel) =>
        await scope.Sites.AnyAsync(s => s.Id == site, cancel) && await digest.SingleOrDefaultAsync(cancel) is { } found && await pictures.FindAsync(found, cancel) is var (bytes, type)
            ? TypedResults.Bytes(bytes, type) : TypedResults.NotFound();
}
