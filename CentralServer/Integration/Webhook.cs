namespace BrightKitchen.CentralServer.Integration;

/// <summary>A URL that receives the events of a person's sites.</summary>
public sealed class Webhook
{
    public required string Id { get; init; }

    public required string PersonId { get; init; }

    public required string Url { get; init; }

    /// <summary>The signing key, encrypted by data protection.</summary>
    public required string Secret { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was disabled after days of failures; null while active.</summary>
    public DateTimeOffset? DisabledAt { get; set; }

    public string CursorName => $"webhook/{Id}";
}

/// <summary>A receiver's position in the log of events, and the state of its delivery.</summary>
public sealed class EventCursor
{
    public required string Name { get; init; }

    /// <summary>Id of the last <see cref="Findings.Life.FindingStep"/> that was delivered.</summary>
    public long FindingStep { get; set; }

    /// <summary>Transaction of that step; the order is by transaction, then by id.</summary>
    public long FindingTransaction { get; set; }

    /// <summary>Id of the last <see cref="Cases.CaseStep"/> that was delivered.</summary>
    public long CaseStep { get; set; }

    /// <summary>Transaction of that step.</summary>
    public long CaseTransaction { get; set; }

    /// <summary>End of the lease of the server that delivers; null if no server holds it.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    public int Failures { get; set; }

    /// <summary>Since when delivery has failed without interruption; null if the last attempt succeeded.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    public DateTimeOffset? NextTryAt { get; set; }

    public string? LastFault { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }
}
