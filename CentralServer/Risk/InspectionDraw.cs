using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>A draw as it was begun. None is changed or deleted: who begins again until it pleases leaves each behind.</summary>
public sealed class InspectionDraw
{
    /// <summary>1, 2, 3 …</summary>
    public int Id { get; init; }

    public DateTimeOffset At { get; init; }

    public required string PersonId { get; init; }

    public required string RegionId { get; init; }

    /// <summary>Made by the server and encrypted; in clear of a draw from before there was a commitment.</summary>
    public required string Seed { get; init; }

    /// <summary>The <see cref="DrawInput"/> as JSON.</summary>
    public required string From { get; init; }

    /// <summary><see cref="DrawSeal.CommitmentOf"/>; empty of a draw from before there was one.</summary>
    public string Commitment { get; init; } = "";

    /// <summary>A public number that is not known yet and will be mixed in, such as a lottery's; empty for none.</summary>
    public string Source { get; init; } = "";

    /// <summary>
    /// The day from which everything is published; earlier where every drawn site has its result. Null of a draw from before there was one,
    /// which was public at once.
    /// </summary>
    public DateOnly? PublishOn { get; init; }

    /// <summary>The ids behind those of <see cref="From"/>, as JSON; empty where they are the same.</summary>
    public string Names { get; init; } = "";

    // Read once: a page asks for each of a thousand drawn sites, and a city has as many names again.
    private DrawInput? input;
    private Dictionary<string, string>? behind;

    [NotMapped]
    public DrawInput Input => input ??= JsonSerializer.Deserialize<DrawInput>(From, PublishedDraw.Json)!;

    /// <summary>The site's or person's id behind one of the draw's.</summary>
    public string Behind(string id)
    {
        behind ??= Names.Length > 0 ? JsonSerializer.Deserialize<Dictionary<string, string>>(Names)! : [];
        return behind.TryGetValue(id, out var known) ? known : id;
    }
}

/// <summary>What was done with a draw. None is changed or deleted.</summary>
public sealed class DrawStep
{
    public long Id { get; init; }

    public int DrawId { get; init; }

    public DateTimeOffset At { get; init; }

    public required string PersonId { get; init; }

    /// <summary>One of <see cref="DrawSteps"/>. A draw is drawn or dropped once.</summary>
    public required string Step { get; init; }

    /// <summary>The public number, why it was dropped, or what an inspection found.</summary>
    public string Text { get; init; } = "";

    /// <summary>The draw's id of the site, of a result.</summary>
    public string? Site { get; init; }
}

/// <summary>What can be done with a draw.</summary>
public static class DrawSteps
{
    public const string Drawn = "drawn";
    public const string Dropped = "dropped";
    public const string Result = "result";
}

/// <summary>What an inspection of a drawn site found, under the draw's id of the site.</summary>
public sealed record DrawResult(string Site, DateTimeOffset At, string Text);

/// <summary>A draw as everybody may fetch it: its commitment from the beginning, all of it once the inspections are over.</summary>
/// <param name="State"><c>begun</c>, <c>drawn</c>, <c>dropped</c> or <c>published</c>.</param>
/// <param name="Commitment">SHA-256 of the seed, a line feed and the lists.</param>
/// <param name="Source">The public number that is mixed in.</param>
/// <param name="Number">What it was.</param>
/// <param name="Lists">The <see cref="DrawInput"/> as the JSON text that the commitment is of.</param>
public sealed record PublishedDraw(
    int Id,
    DateTimeOffset At,
    string State,
    string Commitment,
    string Source,
    DateOnly? PublishOn,
    string? Dropped = null,
    string? Seed = null,
    string? Number = null,
    string? Lists = null,
    IReadOnlyList<DrawnSite>? Drawn = null,
    IReadOnlyList<DrawResult>? Results = null
)
{
    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}
