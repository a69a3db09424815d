using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>What somebody reported, to be answered by a deadline. The site never learns who it was.</summary>
public sealed class FeedbackCase : IVersioned
{
    public long Version { get; set; } = 1;

    public required string Id { get; init; }

    public required string SiteId { get; init; }

    public required string Text { get; init; }

    /// <summary>SHA-256 of a picture in <see cref="Pictures.PictureFiles"/>.</summary>
    public string? Picture { get; init; }

    /// <summary>Of the ticket by which a visitor without an account follows it.</summary>
    public string? TicketHash { get; init; }

    /// <summary>Who reported; shown to nobody but the author. Empty for a visitor.</summary>
    public required string AuthorId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset DueAt { get; set; }

    /// <summary>The authority that has it now; null for the site's own.</summary>
    public string? HandedToRegionId { get; set; }

    /// <summary>
    /// What is published of the report, in an official's words; null where nothing is. The reporter's own are never public.
    /// </summary>
    public string? PublicText { get; set; }

    /// <summary>Public; null until it is answered.</summary>
    public string? Answer { get; set; }

    public DateTimeOffset? AnsweredAt { get; set; }
}

/// <summary>One thing that was done to a case.</summary>
public sealed class CaseStep : IOrdered
{
    public long Id { get; init; }

    /// <summary>The transaction that wrote it, as <see cref="Findings.Life.FindingStep.Transaction"/>.</summary>
    public long Transaction { get; init; }

    public required string CaseId { get; init; }

    public DateTimeOffset At { get; init; }

    public required string PersonId { get; init; }

    public string PersonName { get; init; } = "";

    /// <summary>One of <see cref="CaseSteps"/>.</summary>
    public required string Step { get; init; }

    public string Text { get; init; } = "";
}

/// <summary>What can be done to a case.</summary>
public static class CaseSteps
{
    public const string Report = "report";
    public const string HandOver = "hand-over";
    public const string TakeBack = "take-back";
    public const string Answer = "answer";
}
