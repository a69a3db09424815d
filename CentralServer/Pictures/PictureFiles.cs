using System.Security.Cryptography;
using System.Text;
using BrightKitchen.CentralServer.Storage;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Pictures;

/// <summary>Photographs that people upload, each made safe by <see cref="Photograph"/> and stored under its own digest.</summary>
internal sealed class PictureFiles(string folder, IObjectStore store)
{
    /// <summary>Maximum size of a picture as sent, in bytes.</summary>
    public const int Largest = PictureFormat.Largest;

    /// <summary>The folder of the store that contains the pictures.</summary>
    public const string Folder = "pictures";
    private const string AsSent = "pictures-as-sent";

    // Prevents this server from storing a picture again between the check of its age and its deletion.
    private readonly KeyedLock gates = new();

    /// <summary>Stores the picture of a form.</summary>
    /// <returns>The digest, null if the form has no picture; and whether the picture was rejected, as by
    /// <see cref="StoreAsync(Stream, CancellationToken)"/>.</returns>
    public async Task<(string? Digest, bool Refused)> StoreAsync(IFormFile? picture, CancellationToken cancel)
    {
        if (picture is not { Length: > 0 })
            return (null, false);
        await using var stream = picture.OpenReadStream();
        var digest = await StoreAsync(stream, cancel);
        return (digest, digest is null);
    }

    /// <returns>The digest, or null if it is not a picture or too large.</returns>
    public async Task<string?> StoreAsync(Stream picture, CancellationToken cancel) =>
        await ReadAsync(picture, cancel) is { } bytes ? await StoreAsync(bytes, cancel) : null;

    /// <summary>
    /// Stores a picture that its sender identifies by the digest of the bytes as sent; <see cref="StoredAsync"/> finds it by that digest.
    /// </summary>
    /// <returns>False if it is not a picture with that digest, or too large.</returns>
    public async Task<bool> StoreAsSentAsync(string digest, Stream picture, CancellationToken cancel)
    {
        if (
            await ReadAsync(picture, cancel) is not { } bytes
            || Convert.ToHexStringLower(SHA256.HashData(bytes)) != digest
            || await StoreAsync(bytes, cancel) is not { } stored
        )
            return false;
        await WriteAsync(Encoding.ASCII.GetBytes(stored), $"{AsSent}/{digest[..2]}/{digest}", cancel);
        return true;
    }

    /// <summary>
    /// The digest under which a picture is stored, given the digest of the bytes as sent; null if it has not arrived. Resets the picture's
    /// age, because the picture is about to be referred to.
    /// </summary>
    public async Task<string?> StoredAsync(string asSent, CancellationToken cancel)
    {
        if (!IsDigest(asSent))
            return null;
        if (await store.OpenAsync($"{AsSent}/{asSent[..2]}/{asSent}", cancel) is not { } file)
            return await RenewAsync(asSent, cancel) ? asSent : null;
        await using var opened = file;
        using var reader = new StreamReader(opened, Encoding.ASCII);
        return await reader.ReadToEndAsync(cancel) is var stored && IsDigest(stored) && await RenewAsync(stored, cancel) ? stored : null;
    }

    /// <summary>The bytes and their media type; null if the picture does not exist.</summary>
    public async Task<(byte[] Bytes, string Type)?> FindAsync(string digest, CancellationToken cancel)
    {
        if (!IsDigest(digest) || await store.OpenAsync(KeyOf(digest), cancel) is not { } file)
            return null;
        await using var opened = file;
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancel);
        return PictureFormat.MediaType(bytes) is { } type ? (bytes, type) : null;
    }

    /// <summary>
    /// As <see cref="FindAsync"/>, without metadata that older versions stored with the pixels, such as location and author.
    /// </summary>
    public async Task<(byte[] Bytes, string Type)?> FindCleanAsync(string digest, CancellationToken cancel) =>
        await FindAsync(digest, cancel) is not { } found ? null
        : found.Bytes.AsSpan().IndexOf("Exif\0"u8) < 0
        && found.Bytes.AsSpan().IndexOf("http://ns.adobe.com/"u8) < 0
        && found.Type == "image/jpeg"
            ? found
        : await Photograph.CleanAsync(found.Bytes, cancel) is { } clean ? (clean, "image/jpeg")
        : null;

    /// <summary>Removes a picture that was last stored before <paramref name="before"/> and is unused.</summary>
    /// <param name="isUnused">Evaluated while this server cannot store the picture again.</param>
    /// <returns>Whether it was removed.</returns>
    public async Task<bool> RemoveAsync(string digest, DateTimeOffset before, Func<Task<bool>> isUnused, CancellationToken cancel)
    {
        using var entered = await gates.EnterAsync(digest, cancel);
        if (!await IsOlderAsync(digest, before, cancel) || !await isUnused())
            return false;
        await store.RemoveAsync(KeyOf(digest), cancel);
        return true;
    }

    /// <summary>Whether a picture was last stored before <paramref name="before"/>.</summary>
    public async Task<bool> IsOlderAsync(string digest, DateTimeOffset before, CancellationToken cancel) =>
        await store.StoredAtAsync(KeyOf(digest), cancel) is { } at && at < before;

    /// <summary>The digests of all stored pictures.</summary>
    public IAsyncEnumerable<string> AllAsync(CancellationToken cancel) =>
        store.KeysAsync(Folder, cancel).Select(k => k[(k.LastIndexOf('/') + 1)..]).Where(IsDigest);

    private static async Task<byte[]?> ReadAsync(Stream picture, CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await picture.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            if (bytes.Length + read > Largest)
                return null;
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    private async Task<string?> StoreAsync(byte[] bytes, CancellationToken cancel)
    {
        if (await Photograph.CleanAsync(bytes, cancel) is not { } clean)
            return null;
        var digest = Convert.ToHexStringLower(SHA256.HashData(clean));
        // Written even if it exists, which resets its age: it is about to be referred to.
        using var entered = await gates.EnterAsync(digest, cancel);
        await WriteAsync(clean, KeyOf(digest), cancel);
        return digest;
    }

    private async Task<bool> RenewAsync(string digest, CancellationToken cancel)
    {
        using var entered = await gates.EnterAsync(digest, cancel);
        if (await store.OpenAsync(KeyOf(digest), cancel) is not { } file)
            return false;
        await using var opened = file;
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, cancel);
        await WriteAsync(bytes, KeyOf(digest), cancel);
        return true;
    }

    private async Task WriteAsync(byte[] bytes, string key, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        var growing = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            await using (var file = new FileStream(growing, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(bytes, cancel);
                file.Flush(flushToDisk: true);
            }

            await store.StoreAsync(growing, key, cancel);
        }
        finally
        {
            // Exists only if the store, the disk or the sender failed.
            File.Delete(growing);
        }
    }

    private static bool IsDigest(string digest) => digest.Length == SHA256.HashSizeInBytes * 2 && digest.All(char.IsAsciiHexDigitLower);

    private static string KeyOf(string digest) => $"{Folder}/{digest[..2]}/{digest}";
}
