using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.People;
using BrightKitchen.Contracts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.Review;

/// <param name="Step">One of <see cref="Steps"/>, or <c>undo</c>.</param>
/// <param name="Ids">The same for all of them.</param>
internal sealed record Decision(string? Step, string? Text, IReadOnlyList<FindingId>? Ids);

internal sealed record DeskQueue(IReadOnlyList<DeskItem> Items, int Waiting);

/// <summary>Each finding's refusal by its id; empty where all was done.</summary>
internal sealed record Decided(IReadOnlyDictionary<string, string> Refused);

/// <summary>The inspector's desk.</summary>
internal static class ReviewEndpoints
{
    private const int MostAtOnce = 100;

    public static void MapReview(this IEndpointRouteBuilder app)
    {
        var desk = app.MapGroup("/desk").RequireAuthorization(Access.Decide);
        desk.MapGet("/queue", async (ReviewDesk review, CancellationToken cancel) =>
        {
            var (items, waiting) = await review.QueueAsync(cancel);
            return TypedResults.Ok(new DeskQueue(items, waiting));
        });
        desk.MapPost("/decisions", DecideAsync);
    }

    // The page's script sends the token in a header; a form of another page could not.
    private static async Task<Results<Ok<Decided>, ProblemHttpResult>> DecideAsync(Decision decision, HttpContext http, IAntiforgery antiforgery, FindingLife life, UserManager<Person> people, CancellationToken cancel)
    {
        if (!await antiforgery.IsRequestValidAsync(http))
            return TypedResults.Problem("The page is too old; load it again.", statusCode: StatusCodes.Status400BadRequest);
        if (decision is not { Step: not null, Ids: { Count: > 0 and <= MostAtOnce } ids })
            return TypedResults.Problem($"A decision names a step and up to {MostAtOnce} findings.", statusCode: StatusCodes.Status400BadRequest);
        var doer = await Doer.OfAsync(http, people);
        var refused = new Dictionary<string, string>();
        foreach (var id in ids)
        {
            var fault = decision.Step == Steps.Undo ? await life.UndoAsync(id, doer, cancel) : await life.TakeAsync(id, new(decision.Step, decision.Text?.Trim() ?? "", null, null), doer, cancel);
            if (fault is not null)
                refused[id.ToString()] = fault;
        }

        return TypedResults.Ok(new Decided(refused));
    }
}
