namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>Marks an entry as processed, so that a repeated one has no effect.</summary>
public sealed class KioskReceipt
{
    /// <summary>Id of the entry.</summary>
    public required string Id { get; init; }

    public required string KioskId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Why the entry was refused; null if it was accepted.</summary>
    public string? Fault { get; init; }
}
