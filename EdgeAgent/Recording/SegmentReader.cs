using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Reads segment files, including damaged ones.</summary>
internal static class SegmentReader
{
    private const int SearchStep = 1 << 16;

    /// <summary>Reads the intact contents of a file.</summary>
    /// <param name="thoroughly">Whether to verify each fragment's content against its digest, which reads the whole file.</param>
    public static SegmentContent Read(string path, bool thoroughly)
    {
        using var file = File.OpenHandle(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete,
            FileOptions.SequentialScan
        );
        var length = RandomAccess.GetLength(file);
        var head = new byte[Math.Min(length, SegmentFormat.LongestInit)];
        Fill(file, head, 0);
        var init = SegmentFormat.ReadInit(head, out var begin);
        var pieces = new List<Piece>();
        var box = new byte[SegmentFormat.PieceBox];
        long whole = begin,
            at = begin;
        while (at + box.Length <= length)
        {
            Fill(file, box, at);
            if (SegmentFormat.ReadPiece(box, at) is { } piece && piece.Offset + piece.Length <= length)
            {
                if (!thoroughly || SegmentFormat.Vouches(box, Content(file, piece)))
                {
                    pieces.Add(piece);
                    whole += box.Length + piece.Length;
                }

                at = piece.Offset + piece.Length;
                continue;
            }

            at = Next(file, at + 1, length);
        }

        return new(init, pieces, length - whole);
    }

    /// <summary>Reads a fragment; null where its content does not match its digest.</summary>
    public static byte[]? ReadPiece(Microsoft.Win32.SafeHandles.SafeFileHandle file, Piece piece)
    {
        var box = new byte[SegmentFormat.PieceBox];
        if (piece.Offset + piece.Length > RandomAccess.GetLength(file))
            return null;
        Fill(file, box, piece.Offset - box.Length);
        var content = Content(file, piece);
        return SegmentFormat.Vouches(box, content) ? content : null;
    }

    private static byte[] Content(Microsoft.Win32.SafeHandles.SafeFileHandle file, Piece piece)
    {
        var content = new byte[piece.Length];
        Fill(file, content, piece.Offset);
        return content;
    }

    // Offset of the next uuid box of a fragment after damaged data; the file's length where there is none.
    private static long Next(Microsoft.Win32.SafeHandles.SafeFileHandle file, long from, long length)
    {
        var sign = SegmentFormat.PieceSign;
        var window = new byte[SearchStep + sign.Length];
        for (var at = from; at < length; at += SearchStep)
        {
            var read = (int)Math.Min(window.Length, length - at);
            Fill(file, window.AsSpan(0, read), at);
            if (window.AsSpan(0, read).IndexOf(sign) is >= 0 and var found)
            {
                var begins = at + found - Mp4.Header;
                if (begins >= from)
                    return begins;
                // The uuid box at which this search started: continue after its type.
                return Next(file, at + found + sign.Length, length);
            }
        }

        return length;
    }

    private static void Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> into, long at)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file, into, at);
            if (read == 0)
                throw new EndOfStreamException("The file became shorter while it was read.");
            into = into[read..];
            at += read;
        }
    }
}
