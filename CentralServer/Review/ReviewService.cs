using BrightKitchen.CentralServer.Data;
using BrightKitchen.CentralServer.Findings;
using BrightKitchen.CentralServer.Findings.Life;
using BrightKitchen.CentralServer.Sites;
using Microsoft.EntityFrameworkCore;

namespace BrightKitchen.CentralServer.Review;

/// <summary>A finding that awaits an inspector's decision, grouped with probable repetitions of it.</summary>
/// <param name="OpenedLocal">In the site's time zone, <c>MM-dd HH:mm:ss</c>.</param>
/// <param name="Like">Findings of the same camera and kind, each within 10 minutes of the previous one.</param>
/// <param name="Version">The version that the decision is based on; an outdated decision is refused.</param>
internal sealed record ReviewItem(
    string Id,
    long Version,
    string Site,
    string Camera,
    string Zone,
    string Kind,
    int Tier,
    string Stage,
    string OpenedLocal,
    double? LastedSeconds,
    float Score,
    string Models,
    bool HasClip,
    bool HasStill,
    bool Appealed,
    bool Late,
    IReadOnlyList<SimilarFinding> Like
)
{
    /// <summary>The newest text of a step, with its author's name: the kitchen's answer, an appeal's grounds.</summary>
    public string? LastSaid { get; init; }
}

internal sealed record SimilarFinding(string Id, long Version, string OpenedLocal);

/// <summary>The findings that await an inspector's decision, across all sites in their scope, most urgent first.</summary>
internal sealed class ReviewService(CentralDb db, SiteScope scope, TimeProvider time)
{
    /// <summary>Maximum number of suggested reasons.</summary>
    public const int MostReasons = 6;
    private const int Most = 200;
    private const int MostConsidered = 500;
    private const int MostCounted = 9999;
    private static readonly TimeSpan SimilarWithin = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ReasonsPeriod = TimeSpan.FromDays(90);
    private static readonly string[] Undecided = [Stages.Notified, Stages.Acknowledged];

    /// <summary>Sorted by tier, then oldest first, then highest confidence first.</summary>
    /// <returns>The queue, and the total number of waiting findings.</returns>
    public async Task<(IReadOnlyList<ReviewItem> Items, int Waiting)> QueueAsync(CancellationToken cancel)
    {
        var waiting = (await scope.FindingsAsync(cancel)).Where(f =>
            f.OverAt == null && (Undecided.Contains(f.Stage) || f.AppealedAt != null)
        );
        var urgent = await waiting.OrderBy(f => f.Tier).ThenBy(f => f.OpenedAt).Take(MostConsidered).Select(f => f.Id).ToListAsync(cancel);
        var rows = await FindingView.NewestAsync(db, db.Findings.Where(f => urgent.Contains(f.Id)), MostConsidered, cancel: cancel);
        var count = rows.Count < MostConsidered ? rows.Count : await waiting.OrderBy(f => f.OpenedAt).Take(MostCounted).CountAsync(cancel);
        var now = time.GetUtcNow();
        var items = new List<(FindingView View, List<FindingView> Like)>();
        foreach (var view in rows.OrderBy(v => v.Finding.Tier).ThenBy(v => v.Finding.OpenedAt).ThenByDescending(v => v.Finding.Score))
        {
            var same = view.Finding.AppealedAt is null
                ? items.FindIndex(i =>
                    i.View.Finding.AppealedAt is null
                    && (i.View.Finding.BoxId, i.View.Finding.Camera, i.View.Finding.Kind)
                        == (view.Finding.BoxId, view.Finding.Camera, view.Finding.Kind)
                    && (view.Finding.OpenedAt - (i.Like.LastOrDefault() ?? i.View).Finding.OpenedAt).Duration() <= SimilarWithin
                )
                : -1;
            if (same >= 0)
                items[same].Like.Add(view);
            else if (items.Count < Most)
                items.Add((view, []));
        }

        var ids = items.ConvertAll(i => i.View.Finding.Id);
        var said = (await db.FindingSteps.Where(s => ids.Contains(s.FindingId) && s.Text != "").OrderBy(s => s.Id).ToListAsync(cancel))
            .GroupBy(s => s.FindingId)
            .ToDictionary(g => g.Key, g => $"{g.Last().PersonName}: {g.Last().Text}");
        return (items.ConvertAll(i => Of(i.View, i.Like, now) with { LastSaid = said.GetValueOrDefault(i.View.Finding.Id) }), count);
    }

    /// <summary>This person's most frequent reasons for dismissal, most frequent first.</summary>
    public async Task<List<string>> ReasonsAsync(CancellationToken cancel)
    {
        var (me, since) = (scope.Me, time.GetUtcNow() - ReasonsPeriod);
        return await db
            .FindingSteps.Where(s => s.PersonId == me && s.Step == Steps.Dismiss && s.At > since && s.Text != "")
            .GroupBy(s => s.Text)
            .OrderByDescending(g => g.Count())
            .Take(MostReasons)
            .Select(g => g.Key)
            .ToListAsync(cancel);
    }

    private static ReviewItem Of(FindingView view, List<FindingView> like, DateTimeOffset now)
    {
        var f = view.Finding;
        return new(
            f.Id,
            f.Version,
            view.Site.Name,
            view.Camera?.Name ?? f.Camera,
            f.Zone,
            f.Kind,
            f.Tier,
            f.Stage,
            Local(view),
            view.Lasted?.TotalSeconds,
            f.Score,
            f.Models,
            f.ClipSha256 is not null,
            f.StillSha256 is not null,
            f.AppealedAt is not null,
            f.DueAt < now || f.OverdueSince is not null,
            like.ConvertAll(l => new SimilarFinding(l.Finding.Id, l.Finding.Version, Local(l)))
        );
    }

    private static string Local(FindingView view) =>
        view.OpenedLocal.ToString("MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
}
