using System.ComponentModel.DataAnnotations;
using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>One component of a score.</summary>
/// <param name="Code">One of <see cref="RiskReasons"/>.</param>
/// <param name="Count">Number of what is counted: findings, repeated kinds, hours, persons or cases.</param>
public sealed record RiskReason(string Code, double Count, double Points);

/// <summary>Codes of the components of a score.</summary>
public static class RiskReasons
{
    public const string Findings = "findings";
    public const string Repeats = "repeats";
    public const string Overdue = "overdue";
    public const string Offline = "offline";
    public const string Certificates = "certificates";
    public const string Cases = "cases";
}

/// <summary>A site's risk as last calculated.</summary>
public sealed class SiteRisk
{
    [Key]
    public required string SiteId { get; init; }

    /// <summary>0 to 100.</summary>
    public int Score { get; set; }

    /// <summary>One of <see cref="RiskGrades"/>.</summary>
    public string Grade { get; set; } = RiskGrades.All[0];

    /// <summary>The <see cref="RiskReason"/>s as JSON, the most points first.</summary>
    public string Because { get; set; } = "[]";

    /// <summary>When the score or its components last changed.</summary>
    public DateTimeOffset At { get; set; }

    [NotMapped]
    public IReadOnlyList<RiskReason> Reasons => JsonSerializer.Deserialize<List<RiskReason>>(Because) ?? [];
}
