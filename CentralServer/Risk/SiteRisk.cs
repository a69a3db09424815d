using System.ComponentModel.DataAnnotations;
using System.ComponentModel.DataAnnotations.Schema;
using System.Text.Json;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>One reason of a score.</summary>
/// <param name="Code">One of <see cref="RiskReasons"/>.</param>
/// <param name="Count">Of what is counted: findings, hours, people, cases.</param>
public sealed record RiskReason(string Code, double Count, double Points);

/// <summary>What a score is made of.</summary>
public static class RiskReasons
{
    public const string Findings = "findings";
    public const string Repeats = "repeats";
    public const string Overdue = "overdue";
    public const string Offline = "offline";
    public const string Certificates = "certificates";
    public const string Cases = "cases";
}

/// <summary>A site's risk as it was last worked out.</summary>
public sealed class SiteRisk
{
    [Key]
    public required string SiteId { get; init; }

    /// <summary>0 to 100.</summary>
    public int Score { get; set; }

    /// <summary>One of <see cref="RiskGrades"/>.</summary>
    public string Grade { get; set; } = RiskGrades.All[0];

    /// <summary>The <see cref="RiskReason"/>s as JSON, the weightiest first.</summary>
    public string Because { get; set; } = "[]";

    /// <summary>When it last changed.</summary>
    public DateTimeOffset At { get; set; }

    [NotMapped]
    public IReadOnlyList<RiskReason> Reasons => JsonSerializer.Deserialize<List<RiskReason>>(Because) ?? [];
}
