using System.IO.Compression;
using System.Security.Cryptography;

namespace BrightKitchen.Sealing;

/// <summary>Writes a package: the files first, then the seal over their digests.</summary>
public sealed class SealedZip(Stream into) : IDisposable
{
    private readonly ZipArchive zip = new(into, ZipArchiveMode.Create, leaveOpen: true);
    private readonly List<SealedPart> files = [];

    public void Put(string name, byte[] bytes)
    {
        files.Add(new(name, Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length));
        Write(name, bytes);
    }

    public async Task PutAsync(string name, Stream content, CancellationToken cancel)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, length) = (new byte[1 << 16], 0L);
        await using var stream = await zip.CreateEntry(name, CompressionLevel.NoCompression).OpenAsync(cancel);
        while (await content.ReadAsync(buffer, cancel) is > 0 and var read)
        {
            digest.AppendData(buffer, 0, read);
            await stream.WriteAsync(buffer.AsMemory(0, read), cancel);
            length += read;
        }

        files.Add(new(name, Convert.ToHexStringLower(digest.GetCurrentHash()), length));
    }

    /// <summary>Writes the seal as the last file; it covers every file added before.</summary>
    public void Seal(Func<IReadOnlyList<SealedPart>, PackageSeal> seal, ECDsa key) =>
        Write(PackageFiles.Seal, System.Text.Encoding.ASCII.GetBytes(Jws.Sign(seal(files), key)));

    public void Dispose() => zip.Dispose();

    private void Write(string name, byte[] bytes)
    {
        using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }
}
