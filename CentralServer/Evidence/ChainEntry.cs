namespace BrightKitchen.CentralServer.Evidence;

/// <summary>One entry of a box's chain of evidence, as the box signed it.</summary>
public sealed class ChainEntry
{
    public required string BoxId { get; init; }

    /// <summary>SHA-256 of <see cref="Text"/>; the same entry twice is one.</summary>
    public required string Hash { get; init; }

    public long Number { get; init; }

    public required string FindingId { get; init; }

    /// <summary>One of <see cref="Contracts.Sealing.ManifestKinds"/>.</summary>
    public required string What { get; init; }

    public DateTimeOffset SealedAt { get; init; }

    /// <summary>A compact JWS of a <see cref="Contracts.Sealing.Manifest"/>.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// Whether it does not follow the entry before, or another one has its number: something is missing or there are two stories.
    /// </summary>
    public bool Breaks { get; init; }
}
