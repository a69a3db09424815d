using System.Collections.Concurrent;
using System.Security.Cryptography;
using BrightKitchen.CentralServer.Storage;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Evidence;

/// <summary>What one piece of an upload led to.</summary>
/// <param name="Offset">Where the next piece begins.</param>
/// <param name="Whole">The part is complete and its digest is right.</param>
/// <param name="Fault">Why it was refused; null otherwise.</param>
internal sealed record UploadState(long Offset, bool Whole, string? Fault);

/// <summary>Stills and clips. A part grows in a folder of this server and moves to the store whole, synced and checked, or not at all.</summary>
internal sealed class EvidenceFiles(string folder, IObjectStore store)
{
    public const long LargestClip = 64 << 20, LargestStill = 4 << 20, LargestPiece = 1 << 20;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> gates = new();

    /// <summary>A part that has arrived whole; null where it has not.</summary>
    public Task<FileStream?> OpenAsync(FindingId finding, EvidencePart part, CancellationToken cancel) => store.OpenAsync(KeyOf(finding, part), cancel);

    /// <summary>How much of a part is here.</summary>
    public async Task<long> OffsetAsync(FindingId finding, EvidencePart part, CancellationToken cancel) =>
        await store.LengthAsync(KeyOf(finding, part), cancel) is { } whole ? whole : new FileInfo(Growing(finding, part)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Appends a piece that begins at <paramref name="offset"/>; another offset than the server's changes nothing and says where to go on.</summary>
    public async Task<UploadState> AppendAsync(FindingId finding, EvidencePart part, Stream piece, long offset, long length, string sha256, CancellationToken cancel)
    {
        if (length <= 0 || length > (part == EvidencePart.Clip ? LargestClip : LargestStill))
            return new(offset, false, "the length is not within the limit");
        var (key, path) = (KeyOf(finding, part), Growing(finding, part));
        var gate = gates.GetOrAdd(key, _ => new(1, 1));
        await gate.WaitAsync(cancel);
        try
        {
            if (await store.LengthAsync(key, cancel) is { } whole)
                return new(whole, true, null);
            Directory.CreateDirectory(folder);
            // Unbuffered: what came in goes to the disk, whatever becomes of the line.
            await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            if (file.Length != offset)
                return new(file.Length, false, null);
            file.Seek(0, SeekOrigin.End);
            await piece.CopyToAsync(file, cancel);
            return file.Length < length ? new(file.Length, false, null) : await FinishAsync(file, path, key, part, length, sha256, cancel);
        }
        finally
        {
            gate.Release();
        }
    }

    private async Task<UploadState> FinishAsync(FileStream file, string path, string key, EvidencePart part, long length, string sha256, CancellationToken cancel)
    {
        var head = new byte[12];
        file.Seek(0, SeekOrigin.Begin);
        await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        file.Seek(0, SeekOrigin.Begin);
        var fault = file.Length != length ? "it is longer than was said"
            : Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel)) != sha256 ? "its SHA-256 is not the one that was said"
            : !(part == EvidencePart.Clip ? head.AsSpan(4, 4).SequenceEqual("ftyp"u8) : head.AsSpan(0, 3).SequenceEqual<byte>([0xff, 0xd8, 0xff])) ? $"it is no {(part == EvidencePart.Clip ? "MP4" : "JPEG")}"
            : null;
        file.Flush(flushToDisk: true);
        file.Close();
        if (fault is null)
        {
            await store.KeepAsync(path, key, cancel);
            return new(length, true, null);
        }

        // Kept aside for whoever looks into it; the box begins anew.
        File.Move(path, path + ".refused", overwrite: true);
        return new(0, false, fault);
    }

    private static string NameOf(FindingId finding, EvidencePart part) => finding + (part == EvidencePart.Clip ? ".mp4" : ".jpg");

    private static string KeyOf(FindingId finding, EvidencePart part) => $"evidence/{finding.ToString()[^2..]}/{NameOf(finding, part)}";

    private string Growing(FindingId finding, EvidencePart part) => Path.Combine(folder, NameOf(finding, part) + ".part");
}
