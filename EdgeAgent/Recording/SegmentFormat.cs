using System.Buffers.Binary;
using System.Security.Cryptography;
using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// A segment is a fragmented MP4: <c>ftyp moov</c>, a <c>uuid</c> MP4 box with their digest, then before each <c>moof mdat</c> a
/// <c>uuid</c> MP4 box with its time and digest. Players skip the <c>uuid</c> boxes; the edge agent reads times from them, verifies which
/// fragments are intact, and finds the next fragment after damage.
/// </summary>
internal static class SegmentFormat
{
    private const int Digest = 16;

    public const int PieceBox = Mp4.Header + Digest + 32 + Digest + Digest;
    public const int InitBox = Mp4.Header + Digest + 8 + Digest + Digest;

    /// <summary>Maximum length of an init segment or a fragment in bytes.</summary>
    public const int LongestInit = 1 << 20;
    public const int LongestPiece = 64 << 20;

    // Extended types of the uuid boxes, randomly generated once.
    private static ReadOnlySpan<byte> PieceName =>
        [0x3f, 0x9a, 0x61, 0xd4, 0x0c, 0x7e, 0x4b, 0x35, 0x8e, 0x12, 0x5b, 0xa7, 0xf0, 0x26, 0xc9, 0x44];

    private static ReadOnlySpan<byte> InitName =>
        [0xb7, 0x1d, 0x48, 0x2e, 0x95, 0x60, 0x4f, 0x08, 0xa3, 0xcb, 0x17, 0xee, 0x52, 0x8d, 0x39, 0x71];

    /// <summary>Byte pattern by which the next fragment is found.</summary>
    public static ReadOnlySpan<byte> PieceSign => PieceName;

    public static byte[] Init(byte[] init)
    {
        var box = Box(InitBox, InitName);
        var body = box.AsSpan(Mp4.Header + Digest);
        BinaryPrimitives.WriteInt64BigEndian(body, init.Length);
        DigestOf(init, body[8..]);
        DigestOf(body[..(8 + Digest)], body[(8 + Digest)..]);
        return box;
    }

    /// <summary>Reads the init segment at the beginning of a file; null where it is damaged.</summary>
    /// <param name="head">Beginning of the file, up to <see cref="LongestInit"/> bytes.</param>
    /// <param name="end">Offset of the first fragment; 0 where it is unknown.</param>
    public static byte[]? ReadInit(ReadOnlySpan<byte> head, out int end)
    {
        end = 0;
        var at = head.IndexOf(InitName) - Mp4.Header;
        if (at < 0 || at + InitBox > head.Length)
            return null;
        var body = head.Slice(at + Mp4.Header + Digest, InitBox - Mp4.Header - Digest);
        if (!Holds(body[..(8 + Digest)], body[(8 + Digest)..]))
            return null;
        end = at + InitBox;
        return BinaryPrimitives.ReadInt64BigEndian(body) == at && Holds(head[..at], body.Slice(8, Digest)) ? head[..at].ToArray() : null;
    }

    public static byte[] Piece(Fragment fragment, DateTimeOffset from)
    {
        var box = Box(PieceBox, PieceName);
        var body = box.AsSpan(Mp4.Header + Digest);
        BinaryPrimitives.WriteInt64BigEndian(body, fragment.Number);
        BinaryPrimitives.WriteInt64BigEndian(body[8..], from.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(body[16..], (long)fragment.Duration.TotalMicroseconds);
        BinaryPrimitives.WriteUInt32BigEndian(body[24..], fragment.Key ? 1u : 0u);
        BinaryPrimitives.WriteInt32BigEndian(body[28..], fragment.Bytes.Length);
        DigestOf(fragment.Bytes, body[32..]);
        DigestOf(body[..(32 + Digest)], body[(32 + Digest)..]);
        return box;
    }

    /// <summary>Parses the description of a fragment from its <c>uuid</c> box; null where the bytes are no such box or damaged.</summary>
    /// <param name="box"><see cref="PieceBox"/> bytes.</param>
    /// <param name="at">Offset of the <c>uuid</c> box in the file.</param>
    public static Piece? ReadPiece(ReadOnlySpan<byte> box, long at)
    {
        if (box.Length < PieceBox || !box.Slice(Mp4.Header, Digest).SequenceEqual(PieceName))
            return null;
        var body = box[(Mp4.Header + Digest)..PieceBox];
        if (!Holds(body[..(32 + Digest)], body[(32 + Digest)..]))
            return null;
        var (ms, us, length) = (
            BinaryPrimitives.ReadInt64BigEndian(body[8..]),
            BinaryPrimitives.ReadInt64BigEndian(body[16..]),
            BinaryPrimitives.ReadInt32BigEndian(body[28..])
        );
        const long latest = 253_402_300_799_000;
        return length is > 0 and <= LongestPiece && ms is >= 0 and < latest && us is >= 0 and < 3_600_000_000
            ? new(
                at + PieceBox,
                length,
                BinaryPrimitives.ReadInt64BigEndian(body),
                BinaryPrimitives.ReadUInt32BigEndian(body[24..]) == 1,
                DateTimeOffset.FromUnixTimeMilliseconds(ms),
                TimeSpan.FromMicroseconds(us)
            )
            : null;
    }

    /// <summary>Whether a fragment's content matches the digest in its <c>uuid</c> box.</summary>
    public static bool Vouches(ReadOnlySpan<byte> box, ReadOnlySpan<byte> content) =>
        Holds(content, box.Slice(Mp4.Header + Digest + 32, Digest));

    private static byte[] Box(int length, ReadOnlySpan<byte> name)
    {
        var box = new byte[length];
        BinaryPrimitives.WriteInt32BigEndian(box, length);
        "uuid"u8.CopyTo(box.AsSpan(4));
        name.CopyTo(box.AsSpan(Mp4.Header));
        return box;
    }

    private static void DigestOf(ReadOnlySpan<byte> content, Span<byte> into)
    {
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, whole);
        whole[..Digest].CopyTo(into);
    }

    private static bool Holds(ReadOnlySpan<byte> content, ReadOnlySpan<byte> digest)
    {
        Span<byte> own = stackalloc byte[Digest];
        DigestOf(content, own);
        return own.SequenceEqual(digest[..Digest]);
    }
}
