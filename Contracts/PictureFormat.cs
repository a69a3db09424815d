namespace BrightKitchen.Contracts;

/// <summary>Pictures attached to entries. Shared by the kiosk, which accepts a picture, and the server, which stores it.</summary>
public static class PictureFormat
{
    /// <summary>Maximum size, bytes.</summary>
    public const int Largest = 8 << 20;

    /// <summary><c>image/jpeg</c>, <c>image/png</c> or <c>image/webp</c>, detected by the first bytes; null for any other format.</summary>
    public static string? MediaType(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith<byte>([0xff, 0xd8, 0xff]) ? "image/jpeg"
        : bytes.StartsWith<byte>([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ? "image/png"
        : bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..].StartsWith("WEBP"u8) ? "image/webp"
        : null;

    /// <summary>Whether the server accepts the picture.</summary>
    public static bool Accepts(ReadOnlySpan<byte> bytes) => bytes.Length <= Largest && MediaType(bytes) is not null;
}
