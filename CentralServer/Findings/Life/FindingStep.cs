using BrightKitchen.CentralServer.Data;

namespace BrightKitchen.CentralServer.Findings.Life;

/// <summary>One step of a finding's workflow. Append-only: the finding's stage is the result of the last step.</summary>
public sealed class FindingStep : IOrdered
{
    public long Id { get; init; }

    /// <summary>
    /// Id of the transaction that wrote it, which shows whether an earlier one may still commit
    /// (<see cref="Integration.EventDispatcher"/>); 0 with SQLite, which has one writer at a time.
    /// </summary>
    public long Transaction { get; init; }

    public required string FindingId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Empty for the system.</summary>
    public required string PersonId { get; init; }

    /// <summary>The person's name at that time.</summary>
    public string PersonName { get; init; } = "";

    /// <summary>One of <see cref="Steps"/>.</summary>
    public required string Step { get; init; }

    public string From { get; init; } = "";

    public string To { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>SHA-256 of the attached picture in <see cref="Pictures.PictureFiles"/>.</summary>
    public string? Picture { get; init; }

    /// <summary>The finding's deadline after this step.</summary>
    public DateTimeOffset? DueAt { get; init; }
}
