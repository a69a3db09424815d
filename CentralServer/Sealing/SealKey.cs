namespace BrightKitchen.CentralServer.Sealing;

/// <summary>The key that seals packages; one for all servers of a database.</summary>
public sealed class SealKey
{
    public const int TheOne = 1;

    public required int Id { get; init; }

    /// <summary>PKCS #8 in Base64, encrypted by data protection.</summary>
    public required string Private { get; init; }
}
