namespace BrightKitchen.CentralServer.Push;

/// <summary>A browser that wants to be told although no page is open (RFC 8030).</summary>
public sealed class PushSubscription
{
    /// <summary>SHA-256 of the endpoint, hexadecimal.</summary>
    public required string Id { get; init; }

    public required string PersonId { get; set; }

    /// <summary>Encrypted by data protection: who knows it can send.</summary>
    public required string Endpoint { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
