using System.Security.Cryptography;
using BrightKitchen.CentralServer.Storage;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>The result of appending one chunk of an upload.</summary>
/// <param name="Offset">Where the next chunk begins, in bytes.</param>
/// <param name="Whole">Whether the part is complete and its digest correct.</param>
/// <param name="Sha256">SHA-256 of the complete part as computed by this server; null while it is incomplete.</param>
/// <param name="Fault">Why the part was rejected; null otherwise.</param>
internal sealed record UploadState(long Offset, bool Whole, string? Sha256, string? Fault);

/// <summary>
/// Stills and clips. An incomplete part grows in a folder of this server; it moves to the store only once it is complete, verified and
/// synced, and never changes there.
/// </summary>
internal sealed class EvidenceFiles(string folder, IObjectStore store)
{
    public const long LargestClip = 64 << 20;
    public const long LargestStill = 4 << 20;
    public const long LargestPiece = 1 << 20;
    private readonly KeyedLock gates = new();

    /// <summary>Number of parts that are being appended to.</summary>
    public int Appending => gates.Count;

    /// <summary>A complete part; null if it is missing or incomplete.</summary>
    public Task<FileStream?> OpenAsync(FindingId finding, EvidencePart part, CancellationToken cancel) =>
        store.OpenAsync(KeyOf(finding, part), cancel);

    /// <summary>Number of bytes of a part that have arrived.</summary>
    public async Task<long> OffsetAsync(FindingId finding, EvidencePart part, CancellationToken cancel) =>
        await store.LengthAsync(KeyOf(finding, part), cancel) is { } whole ? whole
        : new FileInfo(PartPathOf(finding, part)) is { Exists: true } file ? file.Length
        : 0;

    /// <summary>
    /// Appends a chunk that begins at <paramref name="offset"/>; if that is not the server's offset, changes nothing and returns the
    /// server's.
    /// </summary>
    public async Task<UploadState> AppendAsync(
        FindingId finding,
        EvidencePart part,
        Stream piece,
        long offset,
        long length,
        string sha256,
        CancellationToken cancel
    )
    {
        if (length <= 0 || length > (part == EvidencePart.Clip ? LargestClip : LargestStill))
            return new(offset, false, null, "its length is outside the limits");
        var (key, path) = (KeyOf(finding, part), PartPathOf(finding, part));
        using var entered = await gates.EnterAsync(key, cancel);
        if (await store.OpenAsync(key, cancel) is { } stored)
            return await CompareAsync(stored, length, sha256, cancel);
        Directory.CreateDirectory(folder);
        // Unbuffered, so that received bytes reach the file even if the connection breaks.
        await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        if (file.Length != offset)
            return new(file.Length, false, null, null);
        file.Seek(0, SeekOrigin.End);
        await piece.CopyToAsync(file, cancel);
        return file.Length < length
            ? new(file.Length, false, null, null)
            : await FinishAsync(file, path, key, part, length, sha256, cancel);
    }

    // A complete part is immutable: a repeated upload must match the stored file, whose digest is computed here.
    private static async Task<UploadState> CompareAsync(FileStream stored, long length, string sha256, CancellationToken cancel)
    {
        await using (stored)
        {
            var own = Convert.ToHexStringLower(await SHA256.HashDataAsync(stored, cancel));
            return own == sha256 && stored.Length == length
                ? new(stored.Length, true, own, null)
                : new(
                    stored.Length,
                    false,
                    own,
                    "it is already stored with a different SHA-256 or length, and a complete part is never changed"
                );
        }
    }

    private async Task<UploadState> FinishAsync(
        FileStream file,
        string path,
        string key,
        EvidencePart part,
        long length,
        string sha256,
        CancellationToken cancel
    )
    {
        var head = new byte[12];
        file.Seek(0, SeekOrigin.Begin);
        await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        file.Seek(0, SeekOrigin.Begin);
        var own = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel));
        var fault =
            file.Length != length ? "it is longer than announced"
            : own != sha256 ? "its SHA-256 differs from the announced one"
            : !(
                part == EvidencePart.Clip
                    ? head.AsSpan(4, 4).SequenceEqual("ftyp"u8)
                    : head.AsSpan(0, 3).SequenceEqual<byte>([0xff, 0xd8, 0xff])
            )
                ? $"it is not {(part == EvidencePart.Clip ? "an MP4" : "a JPEG")} file"
            : null;
        file.Flush(flushToDisk: true);
        file.Close();
        if (fault is null)
        {
            await store.StoreAsync(path, key, cancel);
            return new(length, true, own, null);
        }

        // Set aside for diagnosis; the edge agent restarts the upload.
        File.Move(path, path + ".refused", overwrite: true);
        return new(0, false, null, fault);
    }

    private static string NameOf(FindingId finding, EvidencePart part) => finding + (part == EvidencePart.Clip ? ".mp4" : ".jpg");

    private static string KeyOf(FindingId finding, EvidencePart part) => $"evidence/{finding.ToString()[^2..]}/{NameOf(finding, part)}";

    private string PartPathOf(FindingId finding, EvidencePart part) => Path.Combine(folder, NameOf(finding, part) + ".part");
}
