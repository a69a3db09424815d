using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>A draw as it was made. None is changed or deleted: who draws again until it pleases is seen to.</summary>
public sealed class InspectionDraw
{
    /// <summary>1, 2, 3 …</summary>
    public int Id { get; init; }

    public DateTimeOffset At { get; init; }

    public required string PersonId { get; init; }

    public required string RegionId { get; init; }

    public required string Seed { get; init; }

    /// <summary>The <see cref="DrawInput"/> as JSON.</summary>
    public required string From { get; init; }

    [NotMapped]
    public DrawInput Input => JsonSerializer.Deserialize<DrawInput>(From, PublishedDraw.Json)!;
}

/// <summary>A draw as everybody may fetch it.</summary>
public sealed record PublishedDraw(int Id, DateTimeOffset At, string Seed, DrawInput Input, IReadOnlyList<DrawnSite> Drawn)
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web);

    public static PublishedDraw Of(InspectionDraw draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        return new(draw.Id, draw.At, draw.Seed, draw.Input, DrawRule.Draw(draw.Seed, draw.Input));
    }
}
