using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Identity;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Review;

/// <param name="Step">One of <see cref="Steps"/>, or <c>undo</c>.</param>
/// <param name="Ids">The findings; the step applies to all of them.</param>
/// <param name="Versions">Version of each finding as shown on the page, by id: if another decision was made in the meantime, this one is
/// refused.</param>
internal sealed record Decision(string? Step, string? Text, IReadOnlyList<FindingId>? Ids, IReadOnlyDictionary<string, long>? Versions);

internal sealed record ReviewQueue(IReadOnlyList<ReviewItem> Items, int Waiting);

/// <summary>The decision that preceded a refused one.</summary>
/// <param name="Who">The person's name; empty for the system.</param>
internal sealed record DecidedBefore(string Step, string Who, string Text);

/// <param name="Refused">Reason of each refusal, by finding id; empty if all succeeded.</param>
/// <param name="Before">The preceding decision for each finding that was refused because another person was faster.</param>
/// <param name="Versions">New versions of the findings that were changed, by id, for further decisions.</param>
internal sealed record Decided(
    IReadOnlyDictionary<string, string> Refused,
    IReadOnlyDictionary<string, DecidedBefore> Before,
    IReadOnlyDictionary<string, long> Versions
);

/// <summary>Endpoints of the review desk.</summary>
internal static class ReviewEndpoints
{
    private const int MostAtOnce = 100;

    public static void MapReview(this IEndpointRouteBuilder app)
    {
        var desk = app.MapGroup("/desk").RequireAuthorization(Access.Decide);
        desk.MapGet("/queue", async (ReviewService review, CancellationToken cancel) =>
        {
            var (items, waiting) = await review.QueueAsync(cancel);
            return TypedResults.Ok(new ReviewQueue(items, waiting));
        });
        desk.MapPost("/decisions", DecideAsync);
    }

    // The page's script sends the antiforgery token in a header, which a form of another site cannot do.
    private static async Task<Results<Ok<Decided>, ProblemHttpResult>> DecideAsync(
        Decision decision,
        HttpContext http,
        IAntiforgery antiforgery,
        WorkflowService workflow,
        CentralDb db,
        UserManager<Person> people,
        CancellationToken cancel
    )
    {
        if (!await antiforgery.IsRequestValidAsync(http))
            return TypedResults.Problem("The page has expired; reload it and try again.", statusCode: StatusCodes.Status400BadRequest);
        if (decision is not { Step: not null, Ids: { Count: > 0 and <= MostAtOnce } ids })
            return TypedResults.Problem(
                $"A decision requires a step and 1 to {MostAtOnce} findings.",
                statusCode: StatusCodes.Status400BadRequest
            );
        var actor = await Actor.OfAsync(http, people);
        var refused = new Dictionary<string, string>();
        foreach (var id in ids)
        {
            var seen = decision.Versions is { } versions && versions.TryGetValue(id.ToString(), out var version) ? version : (long?)null;
            var fault =
                decision.Step == Steps.Undo
                    ? await workflow.UndoAsync(id, actor, cancel)
                    : await workflow.ApplyAsync(id, new(decision.Step, decision.Text?.Trim() ?? "", null, null, seen), actor, cancel);
            if (fault is not null)
                refused[id.ToString()] = fault;
        }

        var done = ids.Select(id => id.ToString()).Where(id => !refused.ContainsKey(id)).ToList();
        var now = await db
            .Findings.Where(f => done.Contains(f.Id))
            .Select(f => new { f.Id, f.Version })
            .ToDictionaryAsync(f => f.Id, f => f.Version, cancel);
        // Only findings within the person's scope: the others are refused as missing.
        var late = refused.Where(r => r.Value is "changed" or "not-now").Select(r => r.Key).ToList();
        var steps = await db
            .FindingSteps.Where(s => late.Contains(s.FindingId) && s.Step != Steps.Comment)
            .OrderBy(s => s.Id)
            .ToListAsync(cancel);
        var before = steps
            .GroupBy(s => s.FindingId)
            .ToDictionary(g => g.Key, g => new DecidedBefore(g.Last().Step, g.Last().PersonName, g.Last().Text));
        return TypedResults.Ok(new Decided(refused, before, now));
    }
}
