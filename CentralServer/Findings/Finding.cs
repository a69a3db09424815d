using System.ComponentModel.DataAnnotations;
using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Findings;

/// <summary>A finding as stored by the server.</summary>
public sealed class Finding
{
    /// <summary>The edge agent's <see cref="FindingId"/>; a report with the same id updates the same finding.</summary>
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

    /// <summary>Urgency: 1 immediate alarm, 2 due by a deadline, 3 routine.</summary>
    public int Tier { get; init; } = 3;

    /// <summary>
    /// Starts at 1 and is incremented by every decision, but not by the edge agent's reports. Detects concurrent decisions.
    /// </summary>
    [ConcurrencyCheck]
    public long Version { get; set; } = 1;

    /// <summary>One of <see cref="Life.Stages"/>; the result of the last step.</summary>
    public string Stage { get; set; } = Life.Stages.Notified;

    /// <summary>When the next step is due; null if no step is pending.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>Since when the current step is overdue; null if it is not.</summary>
    public DateTimeOffset? OverdueSince { get; set; }

    /// <summary>Number of escalations: 0 the site, 1 township, 2 banner or district, 3 city.</summary>
    public int Level { get; set; }

    /// <summary>When the site appealed; null if no appeal is open.</summary>
    public DateTimeOffset? AppealedAt { get; set; }

    /// <summary>When an inspector first confirmed it.</summary>
    public DateTimeOffset? ConfirmedAt { get; set; }

    /// <summary>When it was closed or dismissed; null while it is neither.</summary>
    public DateTimeOffset? OverAt { get; set; }

    /// <summary>Public marker of an overdue alarm: <c>yellow</c>, from level 2 on <c>red</c>; null otherwise.</summary>
    [NotMapped]
    public string? Mark => Tier != 1 || OverdueSince is null || Life.Stages.Over.Contains(Stage) ? null : MarkAt(Level);

    /// <summary>The marker of an overdue alarm at a level.</summary>
    public static string MarkAt(int level) => level >= 2 ? "red" : "yellow";

    /// <summary>The <see cref="SeenBox"/>es (labelled bounding boxes) on the still, as JSON.</summary>
    public string Boxes { get; set; } = "[]";

    public string Models { get; set; } = "";

    /// <summary>
    /// How far the edge agent's clock was ahead of this server's when the finding opened, in seconds; null if the agent did not know.
    /// </summary>
    public double? ClockAheadSeconds { get; set; }

    /// <summary>The edge agent's note on a finding about itself; null for findings from cameras.</summary>
    public string? Note { get; set; }

    /// <summary>Since when its evidence is under legal hold, on the edge agent too; null if it is not.</summary>
    public DateTimeOffset? HeldAt { get; set; }

    /// <summary>SHA-256 of the still; null until the still has arrived.</summary>
    public string? StillSha256 { get; set; }

    /// <summary>SHA-256 of the clip; null until the clip has arrived.</summary>
    public string? ClipSha256 { get; set; }

    [NotMapped]
    public IReadOnlyList<SeenBox> SeenBoxes => JsonSerializer.Deserialize<List<SeenBox>>(Boxes) ?? [];
}
