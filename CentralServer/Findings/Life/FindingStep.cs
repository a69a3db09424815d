using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Findings.Life;

/// <summary>One thing that was done to a finding. Nothing is overwritten: the finding's stage is what the last one says.</summary>
public sealed class FindingStep : IOrdered
{
    public long Id { get; init; }

    /// <summary>
    /// The transaction that wrote it, by which it is known whether an earlier one is still to come (<see cref="Integration.EventPump"/>); 0
    /// with SQLite, which has one writer at a time.
    /// </summary>
    public long Transaction { get; init; }

    public required string FindingId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Empty for the system itself.</summary>
    public required string PersonId { get; init; }

    /// <summary>The person's name at that time.</summary>
    public string PersonName { get; init; } = "";

    /// <summary>One of <see cref="Steps"/>.</summary>
    public required string Step { get; init; }

    public string From { get; init; } = "";

    public string To { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>SHA-256 of the picture that belongs to it, in <see cref="Pictures.PictureFiles"/>.</summary>
    public string? Picture { get; init; }

    /// <summary>The deadline that it set.</summary>
    public DateTimeOffset? DueAt { get; init; }
}
