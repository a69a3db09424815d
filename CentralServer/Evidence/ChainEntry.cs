namespace BrightKitchen.CentralServer.Evidence;

/// <summary>One entry of an edge agent's evidence chain, as signed by the agent.</summary>
public sealed class ChainEntry
{
    public required string BoxId { get; init; }

    /// <summary>SHA-256 of <see cref="Text"/>; the same entry received twice is stored once.</summary>
    public required string Hash { get; init; }

    public long Number { get; init; }

    public required string FindingId { get; init; }

    /// <summary>One of <see cref="BrightKitchen.Sealing.ManifestKinds"/>.</summary>
    public required string What { get; init; }

    public DateTimeOffset SealedAt { get; init; }

    /// <summary>A compact JWS of a <see cref="BrightKitchen.Sealing.Manifest"/>.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// Whether it does not follow the previous entry, or another entry has the same number: an entry is missing, or the chain is forked.
    /// </summary>
    public bool Breaks { get; init; }
}
