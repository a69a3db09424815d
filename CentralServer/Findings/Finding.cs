using System.ComponentModel.DataAnnotations;
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

    /// <summary>1 alarm at once, 2 by a deadline, 3 routine.</summary>
    public int Tier { get; init; } = 3;

    /// <summary>
    /// 1, 2, 3 …: grows with every decision, and not with what its edge agent reports. Two who decide at once are told apart by it.
    /// </summary>
    [ConcurrencyCheck]
    public long Version { get; set; } = 1;

    /// <summary>One of <see cref="Life.Stages"/>; what the last step says.</summary>
    public string Stage { get; set; } = Life.Stages.Notified;

    /// <summary>When the next step is due; null where nobody has anything left to do.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Since when the present step is overdue; null while it is not.</summary>
    public DateTimeOffset? OverdueSince { get; set; }

    /// <summary>How many levels of authority it went up: 0 the site, 1 township, 2 banner or district, 3 city.</summary>
    public int Level { get; set; }

    /// <summary>When the site appealed; null where no appeal is open.</summary>
    public DateTimeOffset? AppealedAt { get; set; }

    /// <summary>When an inspector first confirmed it.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>When it was closed or dismissed.</summary>
    public DateTimeOffset? OverAt { get; set; }

    /// <summary>What the public is shown of an overdue alarm: <c>yellow</c>, then <c>red</c>; null otherwise.</summary>
    [NotMapped]
    public string? Mark => Tier != 1 || OverdueSince is null || Life.Stages.Over.Contains(Stage) ? null : MarkAt(Level);

    /// <summary>The mark of an overdue alarm at a level.</summary>
    public static string MarkAt(int level) => level >= 2 ? "red" : "yellow";

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
