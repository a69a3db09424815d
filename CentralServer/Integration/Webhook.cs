namespace BrightKitchen.CentralServer.Integration;

/// <summary>Where events of a person's sites are posted to.</summary>
public sealed class Webhook
{
    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public required string Url { get; init; }

    /// <summary>Encrypted by data protection.</summary>
    public required string Secret { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when nothing is sent any more, after days of failures.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    public string CursorName => $"webhook/{Id}";
}

/// <summary>How far a receiver has been told what happened.</summary>
public sealed class EventCursor
{
    public required string Name { get; init; }

    /// <summary>The last <see cref="Findings.Life.FindingStep"/> that it was told.</summary>
    public long FindingStep { get; set; }

    /// <summary>Its transaction: the order is by transaction, then by number.</summary>
    public long FindingTransaction { get; set; }

    /// <summary>The last <see cref="Cases.CaseStep"/>.</summary>
    public long CaseStep { get; set; }

    /// <summary>Its transaction.</summary>
    public long CaseTransaction { get; set; }

    /// <summary>Until when one server has it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    public int Failures { get; set; }

    /// <summary>Since when nothing gets through.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    public DateTimeOffset? NextTryAt { get; set; }

    public string? LastFault { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }
}
