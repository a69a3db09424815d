namespace BrightKitchen.CentralServer.Kiosks;

/// <summary>That an entry came, so that the same one does nothing when it comes again.</summary>
public sealed class KioskReceipt
{
    /// <summary>The entry's.</summary>
    public required string Id { get; init; }

    public required string KioskId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>Why it was not taken; null where it was.</summary>
    public string? Fault { get; init; }
}
