using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>A report that must be answered by a deadline. The site never learns who its author is.</summary>
public sealed class FeedbackCase : IVersioned
{
    public long Version { get; set; } = 1;

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Text { get; init; }

    /// <summary>SHA-256 of a picture in <see cref="Pictures.PictureFiles"/>.</summary>
    public string? Picture { get; init; }

    /// <summary>Hash of the ticket with which a visitor without an account follows the case.</summary>
    public string? TicketHash { get; init; }

    /// <summary>Id of the person who reported, shown to no one but the author. Empty for a visitor.</summary>
    public required string AuthorId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset DueAt { get; set; }

    /// <summary>Region of the authority that the case was handed over to; null for the site's own authority.</summary>
    public string? HandedToRegionId { get; set; }

    /// <summary>
    /// The published description of the report, in an official's words; null if none. The author's own words are never public.
    /// </summary>
    public string? PublicText { get; set; }

    /// <summary>The answer, which is public; null until answered.</summary>
    public string? Answer { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }
}

/// <summary>One step of a case.</summary>
public sealed class CaseStep : IOrdered
{
    public long Id { get; init; }

    /// <summary>Id of the transaction that wrote it, as <see cref="Findings.Life.FindingStep.Transaction"/>.</summary>
    public long Transaction { get; init; }

    public required string CaseId { get; init; }

    public DateTimeOffset At { get; init; }

    public required string PersonId { get; init; }

    public string PersonName { get; init; } = "";

    /// <summary>One of <see cref="CaseSteps"/>.</summary>
    public required string Step { get; init; }

    public string Text { get; init; } = "";
}

/// <summary>The steps of a case.</summary>
public static class CaseSteps
{
    public const string Report = "report";
    public const string HandOver = "hand-over";
    public const string TakeBack = "take-back";
    public const string Answer = "answer";
}
