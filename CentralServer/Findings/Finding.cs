using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>A finding as the server keeps it.</summary>
public sealed class Finding
{
    /// <summary>The box's <see cref="FindingId"/>; the same one twice is the same finding.</summary>
    public required string Id { get; init; }

    public required string BoxId { get; init; }

    public required string SiteId { get; init; }

    public required string Camera { get; init; }

    public required string Zone { get; set; }

    public required string Kind { get; set; }

    public DateTimeOffset OpenedAt { get; set; }

    public DateTimeOffset? ClosedAt { get; set; }

    public DateTimeOffset ReceivedAt { get; init; }

    public float Score { get; set; }

    /// <summary>The <see cref="SeenBox"/>es on the still as JSON.</summary>
    public string Boxes { get; set; } = "[]";

    public string Models { get; set; } = "";

    /// <summary>How far the box's clock was ahead of this server's when it opened; null where the box did not know.</summary>
    public double? ClockAheadSeconds { get; set; }

    /// <summary>What a box says of itself; null of what cameras see.</summary>
    public string? Note { get; set; }

    /// <summary>Since when its evidence is held by law, on the box too; null where it is not.</summary>
    public DateTimeOffset? HeldAt { get; set; }

    /// <summary>SHA-256 of the still; null until it is here.</summary>
    public string? StillSha256 { get; set; }

    /// <summary>SHA-256 of the clip; null until it is here.</summary>
    public string? ClipSha256 { get; set; }

    [NotMapped]
    public IReadOnlyList<SeenBox> SeenBoxes => JsonSerializer.Deserialize<List<SeenBox>>(Boxes) ?? [];
}
