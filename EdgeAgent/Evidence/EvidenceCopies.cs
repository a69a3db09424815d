using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>A finding with all of its evidence.</summary>
/// <param name="Final">Whether the clip includes its post-roll and is sealed.</param>
/// <param name="Manifests">The finding's entries in the evidence chain, as signed, by number.</param>
internal sealed record KeptFinding(
    FindingReport Report,
    bool Final,
    IReadOnlyDictionary<long, string> Manifests,
    byte[] Still,
    byte[] Clip
);

/// <summary>
/// One file per finding beside the database, with its own SHA-256 digest. LiteDB has no checksums: it returns a clip with a flipped bit
/// without an error, and a lost block closes the whole engine (docs/decisions/011). What the database loses is restored from these copies.
/// </summary>
internal sealed class EvidenceCopies(string root)
{
    private const string Extension = ".evidence";
    private const int LongestHead = 8 << 20;

    private static ReadOnlySpan<byte> Sign => "BKEV0001"u8;

    /// <summary>Writes the copy atomically; it is on disk when the method returns.</summary>
    /// <exception cref="IOException">The disk refuses the write; the previous copy is unchanged.</exception>
    public void Write(KeptFinding finding)
    {
        var head = JsonSerializer.SerializeToUtf8Bytes(
            new Head(finding.Report, finding.Final, finding.Manifests.ToDictionary(), finding.Still.Length, finding.Clip.Length)
        );
        var path = PathOf(finding.Report.Id);
        if (!Directory.Exists(root))
        {
            Directory.CreateDirectory(root);
            Durable.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(root))!);
        }

        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, head.Length);
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var part in new[] { Sign.ToArray(), length, head, finding.Still, finding.Clip })
            {
                digest.AppendData(part);
                file.Write(part);
            }

            file.Write(digest.GetHashAndReset());
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
        Durable.SyncFolder(root);
    }

    /// <summary>Null when there is no copy or it is damaged.</summary>
    public KeptFinding? Read(FindingId finding) => Read(PathOf(finding));

    /// <summary>The findings that have a copy, intact or damaged.</summary>
    public IEnumerable<FindingId> Ids() =>
        Directory.Exists(root)
            ? Directory
                .EnumerateFiles(root, "*" + Extension)
                .Select(path => FindingId.TryParse(Path.GetFileNameWithoutExtension(path), null, out var id) ? id : default)
                .Where(id => id != default)
            : [];

    /// <summary>
    /// The state of a copy, without reading all of it or verifying its digest; null when there is no copy or its header or length is
    /// invalid.
    /// </summary>
    public (bool Final, FindingReport Report)? Glance(FindingId finding)
    {
        try
        {
            using var file = File.OpenRead(PathOf(finding));
            var begin = new byte[Sign.Length + 4];
            if (
                file.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) < begin.Length
                || !begin.AsSpan().StartsWith(Sign)
                || BinaryPrimitives.ReadInt32BigEndian(begin.AsSpan(Sign.Length)) is not (>= 0 and <= LongestHead and var length)
            )
                return null;
            var head = new byte[length];
            return
                file.ReadAtLeast(head, length, throwOnEndOfStream: false) == length
                && JsonSerializer.Deserialize<Head>(head) is { Report: not null } read
                && file.Length == begin.Length + length + (long)read.Still + read.Clip + SHA256.HashSizeInBytes
                ? (read.Final, read.Report)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Delete(FindingId finding) => File.Delete(PathOf(finding));

    private static KeptFinding? Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            var digest = SHA256.HashSizeInBytes;
            if (
                bytes.Length < Sign.Length + 4 + digest
                || !bytes.AsSpan().StartsWith(Sign)
                || !SHA256.HashData(bytes.AsSpan(0, bytes.Length - digest)).AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - digest))
            )
                return null;
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(Sign.Length));
            var at = Sign.Length + 4;
            if (
                length is < 0 or > LongestHead
                || at + length > bytes.Length
                || JsonSerializer.Deserialize<Head>(bytes.AsSpan(at, length)) is not { Report: not null, Manifests: not null } head
                || at + length + head.Still + head.Clip + digest != bytes.Length
            )
                return null;
            at += length;
            return new(head.Report, head.Final, head.Manifests, bytes[at..(at + head.Still)], bytes[(at + head.Still)..^digest]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string PathOf(FindingId finding) => Path.Combine(root, finding + Extension);

    private sealed record Head(FindingReport Report, bool Final, Dictionary<long, string> Manifests, int Still, int Clip);
}
