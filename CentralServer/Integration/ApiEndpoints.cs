using System.Globalization;
using BrightKitchen.CentralServer.Cases;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Evidence;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.CentralServer.Records;
using BrightKitchen.CentralServer.Risk;
using BrightKitchen.CentralServer.Sites;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>The REST API for other systems; the OpenAPI document is generated from these endpoints.</summary>
internal static class ApiEndpoints
{
    public const string Root = "/api/v1";
    public const string Document = "v1";
    private const int MostAtOnce = 200;
    private static readonly Dictionary<string, string> NoValues = [];

    public static void MapApi(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi("/api/v1/openapi.json").AllowAnonymous();
        var api = app.MapGroup(Root).RequireRateLimiting(ApiAccess.Limit);
        var read = api.MapGroup("").RequireAuthorization(ApiAccess.Of(ApiScopes.Read));
        read.MapGet("/sites", Sites).WithTags("sites").WithSummary("The sites within your grants, by id");
        read.MapGet("/sites/{site}/records", Records).WithTags("records").WithSummary("A site's records, newest first");
        read.MapGet("/sites/{site}/staff", Staff).WithTags("records").WithSummary("A site's staff");
        read.MapGet("/findings", Findings).WithTags("findings").WithSummary("Findings, newest first").ProducesProblem(400);
        read.MapGet("/findings/{id}", OneFinding).WithTags("findings").WithSummary("A finding with its steps");
        read.MapGet("/findings/{id}/still", EvidenceEndpoints.Still)
            .WithTags("findings")
            .WithSummary("The still as JPEG; access is recorded in the audit log")
            .Produces<byte[]>(200, "image/jpeg");
        read.MapGet("/findings/{id}/clip", EvidenceEndpoints.Clip)
            .WithTags("findings")
            .WithSummary("The clip as MP4, with range requests; access is recorded in the audit log")
            .Produces<byte[]>(200, "video/mp4");
        read.MapGet("/cases", Cases).WithTags("cases").WithSummary("Parents' and visitors' reports, newest first");
        api.MapPost("/findings/{id}/steps", Step)
            .RequireAuthorization(ApiAccess.Of(ApiScopes.Steps))
            .DisableAntiforgery()
            .WithTags("findings")
            .WithSummary("Takes one step in a finding's workflow")
            .ProducesProblem(409);
        api.MapPut("/sites/{site}/records/{id}", SaveRecord)
            .RequireAuthorization(ApiAccess.Of(ApiScopes.Records))
            .DisableAntiforgery()
            .WithTags("records")
            .WithSummary("Saves a record under an id that you choose (32 hexadecimal digits); repeating the id changes nothing")
            .ProducesProblem(403)
            .ProducesProblem(409);
        var hooks = api.MapGroup("/webhooks")
            .RequireAuthorization(ApiAccess.Of(ApiScopes.Webhooks))
            .DisableAntiforgery()
            .WithTags("webhooks");
        hooks
            .MapGet("", async (Webhooks webhooks, CancellationToken cancel) => TypedResults.Ok(await webhooks.ListAsync(cancel)))
            .WithSummary("Your webhooks");
        hooks.MapPost("", MakeWebhook).WithSummary("Creates a webhook; its secret is shown only this once").ProducesProblem(400);
        hooks.MapDelete("/{id}", RemoveWebhook).WithSummary("Deletes a webhook");
    }

    private static async Task<Ok<ApiList<ApiSite>>> Sites(
        SiteScope scope,
        CentralDb db,
        CancellationToken cancel,
        string? after = null,
        int limit = MostAtOnce
    )
    {
        var take = Math.Clamp(limit, 1, MostAtOnce);
        var sites = await (
            from site in scope.Sites.Where(s => after == null || s.Id.CompareTo(after) > 0)
            join risk in db.Risks on site.Id equals risk.SiteId into risks
            from risk in risks.DefaultIfEmpty()
            orderby site.Id
            select new ApiSite(
                site.Id,
                site.Name,
                site.Kind,
                site.RegionId,
                site.TimeZone,
                risk == null ? null : risk.Grade,
                risk == null ? null : risk.Score
            )
        )
            .Take(take)
            .ToListAsync(cancel);
        return TypedResults.Ok(new ApiList<ApiSite>(sites, sites.Count == take ? sites[^1].Id : null));
    }

    // Newest first. Pages by keyset (time and id), so that findings that arrive in between do not shift the pages.
    private static async Task<Results<Ok<ApiList<ApiFinding>>, ProblemHttpResult>> Findings(
        SiteScope scope,
        CancellationToken cancel,
        string? site = null,
        string? stage = null,
        string? kind = null,
        DateTimeOffset? since = null,
        DateTimeOffset? until = null,
        string? after = null,
        int limit = 50
    )
    {
        var take = Math.Clamp(limit, 1, MostAtOnce);
        var found = (await scope.FindingsAsync(cancel)).AsNoTracking();
        if (site is not null)
            found = found.Where(f => f.SiteId == site);
        if (stage is not null)
            found = found.Where(f => f.Stage == stage);
        if (kind is not null)
            found = found.Where(f => f.Kind == kind);
        if (since is { } from)
            found = found.Where(f => f.OpenedAt >= from);
        if (until is { } to)
            found = found.Where(f => f.OpenedAt < to);
        if (after is not null)
        {
            if (
                after.Split('_') is not [var time, var id]
                || !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var ms)
                || ms > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            )
                return TypedResults.Problem(
                    "'after' must be the value of 'next' on a previous page.",
                    statusCode: StatusCodes.Status400BadRequest
                );
            var at = DateTimeOffset.FromUnixTimeMilliseconds(ms);
            // The first condition is redundant, but lets the database seek in an index.
            found = found.Where(f => f.OpenedAt <= at && (f.OpenedAt < at || f.Id.CompareTo(id) < 0));
        }

        var page = await found.OrderByDescending(f => f.OpenedAt).ThenByDescending(f => f.Id).Take(take).ToListAsync(cancel);
        return TypedResults.Ok(
            new ApiList<ApiFinding>(
                page.ConvertAll(ApiMapping.Of),
                page.Count == take ? $"{page[^1].OpenedAt.ToUnixTimeMilliseconds()}_{page[^1].Id}" : null
            )
        );
    }

    private static async Task<Results<Ok<ApiFindingLife>, NotFound>> OneFinding(
        FindingId id,
        SiteScope scope,
        CentralDb db,
        CancellationToken cancel
    )
    {
        if (
            await (await scope.FindingsAsync(cancel)).AsNoTracking().SingleOrDefaultAsync(f => f.Id == id.ToString(), cancel)
            is not { } finding
        )
            return TypedResults.NotFound();
        var steps = await db
            .FindingSteps.AsNoTracking()
            .Where(s => s.FindingId == id.ToString())
            .OrderBy(s => s.Id)
            .Select(s => new ApiStep(s.At, s.PersonName, s.Step, s.From, s.To, s.Text, s.DueAt))
            .ToListAsync(cancel);
        return TypedResults.Ok(new ApiFindingLife(ApiMapping.Of(finding), steps));
    }

    private static async Task<Results<NoContent, NotFound, ProblemHttpResult>> Step(
        FindingId id,
        ApiStepRequest request,
        HttpContext http,
        WorkflowService workflow,
        CentralDb db,
        UserManager<Person> people,
        CancellationToken cancel
    ) =>
        await workflow.ApplyAsync(
            id,
            new(request.Step, request.Text?.Trim() ?? "", request.DueAt, null, request.Version),
            await Actor.OfAsync(http, people),
            cancel
        ) switch
        {
            null => TypedResults.NoContent(),
            "missing" => TypedResults.NotFound(),
            // Includes the current stage and version, which the caller did not know.
            var fault => TypedResults.Problem(
                $"The step was not taken: {fault}. {await NowAsync(db, id, cancel)}",
                statusCode: StatusCodes.Status409Conflict
            ),
        };

    private static Task<string> NowAsync(CentralDb db, FindingId id, CancellationToken cancel) =>
        db
            .Findings.Where(f => f.Id == id.ToString())
            .Select(f => $"The finding is now {f.Stage}, version {f.Version}.")
            .SingleAsync(cancel);

    private static async Task<Results<Ok<ApiList<ApiRecord>>, NotFound>> Records(
        string site,
        SiteScope scope,
        CentralDb db,
        CancellationToken cancel,
        string? kind = null,
        DateOnly? from = null,
        DateOnly? to = null,
        string? after = null,
        int limit = 50
    )
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        var take = Math.Clamp(limit, 1, MostAtOnce);
        var rows = await db
            .Records.AsNoTracking()
            .Where(r =>
                r.SiteId == site
                && (kind == null || r.Kind == kind)
                && (from == null || r.Day >= from)
                && (to == null || r.Day <= to)
                && (after == null || r.Id.CompareTo(after) < 0)
            )
            .OrderByDescending(r => r.Id)
            .Take(take)
            .ToListAsync(cancel);
        return TypedResults.Ok(new ApiList<ApiRecord>(rows.ConvertAll(ApiMapping.Of), rows.Count == take ? rows[^1].Id : null));
    }

    private static async Task<Results<Ok<ApiRecord>, NotFound, ProblemHttpResult>> SaveRecord(
        string site,
        string id,
        ApiRecordRequest request,
        HttpContext http,
        RecordService records,
        UserManager<Person> people,
        CancellationToken cancel
    )
    {
        var (fault, saved) = await records.SaveAsync(
            site,
            new(id, request.Kind, request.Values ?? NoValues, request.Day, null, request.Corrects),
            await Actor.OfAsync(http, people),
            cancel
        );
        return saved is not null ? TypedResults.Ok(ApiMapping.Of(saved))
            : fault == "missing" ? TypedResults.NotFound()
            : TypedResults.Problem(
                $"The record was not saved: {fault}.",
                statusCode: fault == "not-yours" ? StatusCodes.Status403Forbidden : StatusCodes.Status409Conflict
            );
    }

    private static async Task<Results<Ok<IReadOnlyList<ApiStaff>>, NotFound>> Staff(
        string site,
        SiteScope scope,
        CentralDb db,
        CancellationToken cancel
    )
    {
        if (!await scope.Sites.AnyAsync(s => s.Id == site, cancel))
            return TypedResults.NotFound();
        IReadOnlyList<ApiStaff> staff = await db
            .Staff.AsNoTracking()
            .Where(s => s.SiteId == site && s.LeftOn == null)
            .OrderBy(s => s.Id)
            .Select(s => new ApiStaff(s.Id, s.Name, s.Job, s.CertificateUntil, s.TrainedOn))
            .ToListAsync(cancel);
        return TypedResults.Ok(staff);
    }

    private static async Task<Ok<ApiList<ApiCase>>> Cases(
        SiteScope scope,
        CancellationToken cancel,
        string? site = null,
        bool? open = null,
        string? after = null,
        int limit = 50
    )
    {
        var take = Math.Clamp(limit, 1, MostAtOnce);
        var rows = await scope
            .Cases.AsNoTracking()
            .Where(c =>
                (site == null || c.SiteId == site)
                && (open == null || (c.Answer == null) == open)
                && (after == null || c.Id.CompareTo(after) < 0)
            )
            .OrderByDescending(c => c.Id)
            .Take(take)
            .ToListAsync(cancel);
        return TypedResults.Ok(new ApiList<ApiCase>(rows.ConvertAll(ApiMapping.Of), rows.Count == take ? rows[^1].Id : null));
    }

    private static async Task<Results<Ok<ApiWebhookMade>, ProblemHttpResult>> MakeWebhook(
        ApiWebhookRequest request,
        Webhooks webhooks,
        CancellationToken cancel
    )
    {
        var (made, fault) = await webhooks.MakeAsync(request.Url, cancel);
        return made is not null ? TypedResults.Ok(made) : TypedResults.Problem(fault, statusCode: StatusCodes.Status400BadRequest);
    }

    private static async Task<Results<NoContent, NotFound>> RemoveWebhook(string id, Webhooks webhooks, CancellationToken cancel) =>
        await webhooks.RemoveAsync(id, cancel) ? TypedResults.NoContent() : TypedResults.NotFound();
}
