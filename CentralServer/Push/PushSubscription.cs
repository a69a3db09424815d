namespace BrightKitchen.CentralServer.Push;

/// <summary>A browser that receives notifications even when no page is open (RFC 8030).</summary>
public sealed class PushSubscription
{
    /// <summary>SHA-256 of the endpoint, hexadecimal.</summary>
    public required string Id { get; init; }

    public required string PersonId { get; set; }

    /// <summary>The push service's URL, encrypted by data protection because whoever knows it can send messages.</summary>
    public required string Endpoint { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
}
