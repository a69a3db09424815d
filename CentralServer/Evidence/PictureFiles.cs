using System.Security.Cryptography;
using BrightKitchen.CentralServer.Storage;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>Pictures that people add: kept under their own digest, JPEG or PNG by their first bytes.</summary>
internal sealed class PictureFiles(string folder, IObjectStore store)
{
    public const int Largest = 8 << 20;

    /// <summary>Keeps what a form brought.</summary>
    /// <returns>The digest, null where the form brought none; and whether it was refused, as <see cref="KeepAsync(Stream, CancellationToken)"/> does.</returns>
    public async Task<(string? Digest, bool Refused)> KeepAsync(IFormFile? picture, CancellationToken cancel)
    {
        if (picture is not { Length: > 0 })
            return (null, false);
        await using var stream = picture.OpenReadStream();
        var digest = await KeepAsync(stream, cancel);
        return (digest, digest is null);
    }

    /// <returns>The digest, or null where it is no picture or too large.</returns>
    public async Task<string?> KeepAsync(Stream picture, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await picture.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            if (bytes.Length + read > Largest)
                return null;
            bytes.Write(buffer, 0, read);
        }

        var whole = bytes.ToArray();
        if (TypeOf(whole) is null)
            return null;
        var digest = Convert.ToHexStringLower(SHA256.HashData(whole));
        if (await store.LengthAsync(KeyOf(digest), cancel) is not null)
            return digest;
        Directory.CreateDirectory(folder);
        var growing = Path.Combine(folder, $"{digest}.{Guid.NewGuid():N}.part");
        await using (var file = new FileStream(growing, FileMode.CreateNew, FileAccess.Write))
        {
            await file.WriteAsync(whole, cancel);
            file.Flush(flushToDisk: true);
        }

        await store.KeepAsync(growing, KeyOf(digest), cancel);
        return digest;
    }

    /// <summary>The bytes and their media type; null where there is none.</summary>
    public async Task<(byte[] Bytes, string Type)?> FindAsync(string digest, CancellationToken cancel)
    {
        if (digest.Length != SHA256.HashSizeInBytes * 2 || !digest.All(char.IsAsciiHexDigitLower) || await store.OpenAsync(KeyOf(digest), cancel) is not { } file)
            return null;
        await using var opened = file;
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancel);
        return TypeOf(bytes) is { } type ? (bytes, type) : null;
    }

    private static string? TypeOf(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith<byte>([0xff, 0xd8, 0xff]) ? "image/jpeg" : bytes.StartsWith<byte>([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ? "image/png" : null;

    private static string KeyOf(string digest) => $"pictures/{digest[..2]}/{digest}";
}
