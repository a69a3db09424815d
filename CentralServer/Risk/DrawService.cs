using System.Text.Json;
using BrightKitchen.CentralServer.Audit;
using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Sites;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>A draw as shown to officials.</summary>
/// <param name="Drawn">The drawn sites; null until the draw is made.</param>
/// <param name="Number">The public number that was mixed into the seed.</param>
/// <param name="Results">The latest result of each site, by the site's pseudonym in the draw.</param>
internal sealed record DrawView(
    InspectionDraw Draw,
    string State,
    string? Dropped,
    string? Number,
    IReadOnlyList<DrawnSite>? Drawn,
    IReadOnlyDictionary<string, DrawStep> Results
);

/// <summary>
/// The inspection draw (双随机): begins with a seed and lists that are committed at once, is drawn later, and is published when the
/// inspections are over. The server generates the seed and discloses it to no one before publication; each step is recorded.
/// </summary>
internal sealed class DrawService(CentralDb db, SiteScope scope, AuditLog audit, IDataProtectionProvider protection, TimeProvider time)
{
    public const int MostDrawn = 1000;
    public const int LongestText = 500;
    public const int LongestSource = 200;
    private const int FurthestDays = 365;
    private readonly IDataProtector seal = protection.CreateProtector("inspection draw's seed");

    /// <summary>Begins a draw: commits to the lists and the seed.</summary>
    /// <param name="source">Name of a public number that will be known later and is mixed into the seed; empty for none.</param>
    /// <returns>The draw's number, or null if the input is invalid or the region has no sites.</returns>
    public async Task<int?> BeginAsync(string? region, int? count, string? source, DateOnly? publishOn, CancellationToken cancel)
    {
        var today = CityTime.Today(time);
        source = source?.Trim() ?? "";
        if (
            count is not (>= 1 and <= MostDrawn)
            || source.Length > LongestSource
            || publishOn is not { } on
            || on <= today
            || on > today.AddDays(FurthestDays)
            || await scope.Regions.SingleOrDefaultAsync(r => r.Id == region, cancel) is not { } place
        )
            return null;
        InspectionDraw? made = null;
        await audit.RecordAsync(
            async () =>
            {
                made = null;
                var lists = await DrawLists.OfAsync(place, count.Value, scope, db, cancel);
                if (lists.Input.Sites.Count == 0)
                    return null;
                var (seed, text) = (DrawSeal.NewSeed(), DrawSeal.TextOf(lists.Input));
                made = new InspectionDraw
                {
                    At = time.GetUtcNow(),
                    PersonId = scope.Me,
                    RegionId = place.Id,
                    Seed = seal.Protect(seed),
                    From = text,
                    Commitment = DrawSeal.CommitmentOf(seed, text),
                    Source = source,
                    PublishOn = on,
                    Names = JsonSerializer.Serialize(lists.Names),
                };
                db.Draws.Add(made);
                return new AuditNote(
                    scope.Me,
                    AuditActions.Draw,
                    null,
                    $"region/{place.Id}",
                    $"begun: {count} of {lists.Input.Sites.Count} sites, commitment {made.Commitment}"
                );
            },
            cancel
        );
        return made?.Id;
    }

    /// <summary>Makes the draw; from then on officials see the drawn sites.</summary>
    /// <param name="number">The public number, required if and only if a source was named.</param>
    /// <returns>Null on success, otherwise <c>missing</c>, <c>not-now</c> or <c>draw-number</c>.</returns>
    public Task<string?> DrawAsync(int id, string? number, CancellationToken cancel) =>
        StepAsync(
            id,
            DrawSteps.Drawn,
            number ?? "",
            null,
            view =>
                view.State != "begun" ? "not-now"
                : (view.Draw.Source.Length > 0) != (number?.Trim().Length > 0) ? "draw-number"
                : null,
            cancel
        );

    /// <summary>Cancels a draw that was not made; it stays on record with the reason.</summary>
    public Task<string?> DropAsync(int id, string? reason, CancellationToken cancel) =>
        StepAsync(
            id,
            DrawSteps.Dropped,
            reason ?? "",
            null,
            view =>
                view.State != "begun" ? "not-now"
                : string.IsNullOrWhiteSpace(reason) ? "needs-text"
                : null,
            cancel
        );

    /// <summary>Records the result of an inspection; when every drawn site has one, the draw is published.</summary>
    public Task<string?> ResultAsync(int id, string? site, string? text, CancellationToken cancel) =>
        StepAsync(
            id,
            DrawSteps.Result,
            text ?? "",
            site,
            view =>
                view.Drawn?.Any(d => d.Site == site) != true ? "missing"
                : string.IsNullOrWhiteSpace(text) ? "needs-text"
                : null,
            cancel
        );

    /// <summary>Returns a draw of one of the person's regions; null for any other.</summary>
    public async Task<DrawView?> FindAsync(int id, CancellationToken cancel) =>
        await db.Draws.AsNoTracking().SingleOrDefaultAsync(d => d.Id == id && scope.Regions.Any(r => r.Id == d.RegionId), cancel)
            is { } draw
            ? await ViewAsync(draw, cancel)
            : null;

    /// <summary>Returns the public part of a draw of any region; null if there is no such draw.</summary>
    public async Task<PublishedDraw?> PublishedAsync(int id, CancellationToken cancel)
    {
        if (await db.Draws.AsNoTracking().SingleOrDefaultAsync(d => d.Id == id, cancel) is not { } draw)
            return null;
        var view = await ViewAsync(draw, cancel);
        var made = new PublishedDraw(draw.Id, draw.At, view.State, draw.Commitment, draw.Source, draw.PublishOn, view.Dropped);
        return view.State != "published"
            ? made
            : made with
            {
                Seed = SeedOf(draw),
                Number = view.Number,
                Lists = draw.From,
                Drawn = view.Drawn,
                Results = [.. view.Results.Values.Select(r => new DrawResult(r.Site!, r.At, r.Text))],
            };
    }

    private async Task<string?> StepAsync(
        int id,
        string step,
        string text,
        string? site,
        Func<DrawView, string?> refuse,
        CancellationToken cancel
    )
    {
        if (text.Trim().Length > LongestText)
            return "needs-text";
        string? fault = null;
        await audit.RecordAsync(
            async () =>
            {
                fault = await FindAsync(id, cancel) is not { } view ? "missing" : refuse(view);
                if (fault is not null)
                    return null;
                db.DrawSteps.Add(
                    new DrawStep
                    {
                        DrawId = id,
                        At = time.GetUtcNow(),
                        PersonId = scope.Me,
                        Step = step,
                        Text = text.Trim(),
                        Site = site,
                    }
                );
                return new AuditNote(scope.Me, AuditActions.Draw, null, $"draw/{id}", site is null ? step : $"{step} of {site}");
            },
            cancel
        );
        return fault;
    }

    private async Task<DrawView> ViewAsync(InspectionDraw draw, CancellationToken cancel)
    {
        var steps = await db.DrawSteps.AsNoTracking().Where(s => s.DrawId == draw.Id).OrderBy(s => s.Id).ToListAsync(cancel);
        var dropped = steps.Find(s => s.Step == DrawSteps.Dropped)?.Text;
        var number = steps.Find(s => s.Step == DrawSteps.Drawn)?.Text;
        var isOld = draw.Commitment.Length == 0;
        var drawn = isOld || number is not null ? DrawRule.Draw(DrawSeal.EffectiveSeed(SeedOf(draw), number), draw.Input) : null;
        // The last result of a site counts: an official may have corrected an earlier one.
        var results = steps
            .Where(s => s is { Step: DrawSteps.Result, Site: not null })
            .GroupBy(s => s.Site!)
            .ToDictionary(g => g.Key, g => g.Last());
        var isOver = drawn is not null && (isOld || CityTime.Today(time) >= draw.PublishOn || drawn.All(d => results.ContainsKey(d.Site)));
        return new(
            draw,
            dropped is not null ? "dropped"
                : drawn is null ? "begun"
                : isOver ? "published"
                : "drawn",
            dropped,
            number,
            drawn,
            results
        );
    }

    private string SeedOf(InspectionDraw draw) => draw.Commitment.Length == 0 ? draw.Seed : seal.Unprotect(draw.Seed);
}
