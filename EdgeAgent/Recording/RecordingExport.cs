using System.Buffers.Binary;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>A run of fragments with the same init segment, which plays as one file.</summary>
internal sealed record ExportPart(byte[] Init, IReadOnlyList<(Segment Segment, Piece Piece)> Pieces)
{
    public DateTimeOffset From => Pieces[0].Piece.From;

    public DateTimeOffset To => Pieces[^1].Piece.To;

    /// <summary>
    /// Time spans within the part that are not recorded. The file's timeline continues through a gap, which shows the last picture before
    /// it.
    /// </summary>
    public IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Gaps =>
        [.. Enumerable.Range(1, Pieces.Count - 1).Where(GapBefore).Select(i => (Pieces[i - 1].Piece.To, Pieces[i].Piece.From))];

    /// <summary>Whether a gap precedes the fragment. Within a segment the stream is continuous, however unevenly it arrived.</summary>
    public bool GapBefore(int index) =>
        Pieces[index].Segment.Path != Pieces[index - 1].Segment.Path
        && Pieces[index].Piece.From - Pieces[index - 1].Piece.To >= Recordings.SmallestGap;
}

/// <summary>
/// Exports spans of the recording as MP4 without transcoding: fragments are copied with consecutive decode times. A gap keeps its length,
/// so that an offset in the file equals the elapsed time in the kitchen.
/// </summary>
internal static class RecordingExport
{
    /// <summary>
    /// The parts of a span: one, or several where the camera's stream parameters changed within it. Begins at the last key frame at or
    /// before <paramref name="from"/>.
    /// </summary>
    public static IReadOnlyList<ExportPart> Parts(Recordings recordings, CameraId camera, DateTimeOffset from, DateTimeOffset to)
    {
        var parts = new List<(byte[] Init, List<(Segment, Piece)> Pieces)>();
        foreach (var segment in recordings.Within(camera, from, to))
        {
            SegmentContent content;
            try
            {
                content = SegmentReader.Read(segment.Path, thoroughly: false);
            }
            catch (IOException)
            {
                // Deleted by retention in the meantime.
                continue;
            }

            if (recordings.InitOf(segment, content) is not { } init)
                continue;
            var pieces = content.Pieces.ToList();
            var first = Math.Max(0, pieces.FindLastIndex(p => p.Key && p.From <= from));
            var wanted = pieces.Skip(first).SkipWhile(p => !p.Key).TakeWhile(p => p.From < to).Select(p => (segment, p)).ToList();
            if (wanted.Count == 0)
                continue;
            if (parts.Count > 0 && parts[^1].Init.AsSpan().SequenceEqual(init))
                parts[^1].Pieces.AddRange(wanted);
            else
                parts.Add((init, wanted));
        }

        return [.. parts.Select(p => new ExportPart(p.Init, p.Pieces))];
    }

    /// <summary>Writes a part as MP4. A fragment damaged on disk is left out; the timeline keeps its duration.</summary>
    /// <returns>Number of fragments left out.</returns>
    public static async Task<int> WriteAsync(ExportPart part, Stream into, CancellationToken stop)
    {
        await into.WriteAsync(part.Init, stop);
        var (left, decode, scale) = (0, 0ul, Mp4.Timescale(part.Init));
        Microsoft.Win32.SafeHandles.SafeFileHandle? file = null;
        try
        {
            for (var i = 0; i < part.Pieces.Count; i++)
            {
                var (segment, piece) = part.Pieces[i];
                if (i == 0 || segment.Path != part.Pieces[i - 1].Segment.Path)
                {
                    file?.Dispose();
                    file = File.OpenHandle(segment.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                }

                if (i > 0 && part.GapBefore(i))
                    decode = Math.Max(decode, (ulong)Math.Round((piece.From - part.From).TotalSeconds * scale));
                var begins = decode;
                decode += (ulong)Math.Round(piece.Duration.TotalSeconds * scale);
                if (SegmentReader.ReadPiece(file!, piece) is not { } bytes)
                {
                    left++;
                    continue;
                }

                var (offset, wide) = Mp4.DecodeTime(bytes);
                if (wide)
                    BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(offset), begins);
                else
                    BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), (uint)begins);
                await into.WriteAsync(bytes, stop);
            }
        }
        finally
        {
            file?.Dispose();
        }

        return left;
    }
}
