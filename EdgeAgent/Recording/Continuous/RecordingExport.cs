using System.Buffers.Binary;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Recording.Continuous;

/// <summary>One run of fragments that plays as one file: they share their init segment.</summary>
internal sealed record ExportPart(byte[] Init, IReadOnlyList<(Segment Segment, Piece Piece)> Pieces)
{
    public DateTimeOffset From => Pieces[0].Piece.From;

    public DateTimeOffset To => Pieces[^1].Piece.To;
}

/// <summary>Makes MP4s of spans of the recording without encoding anything: fragments are copied, their decode times follow one another.</summary>
internal static class RecordingExport
{
    /// <summary>What a span consists of: one part, or several where the camera's picture changed within. Begins at the key frame before.</summary>
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
                // Retention was faster.
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

    /// <summary>Writes a part as MP4. A fragment that the disk has damaged is left out.</summary>
    /// <returns>How many fragments were left out.</returns>
    public static async Task<int> WriteAsync(ExportPart part, Stream into, CancellationToken stop)
    {
        await into.WriteAsync(part.Init, stop);
        var (left, decode, scale) = (0, 0ul, Mp4.Timescale(part.Init));
        foreach (var group in part.Pieces.GroupBy(p => p.Segment.Path))
        {
            using var file = File.OpenHandle(group.Key, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach (var (_, piece) in group)
            {
                if (SegmentReader.ReadPiece(file, piece) is not { } bytes)
                {
                    left++;
                    continue;
                }

                var (offset, wide) = Mp4.DecodeTime(bytes);
                if (wide)
                    BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(offset), decode);
                else
                    BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), (uint)decode);
                decode += (ulong)Math.Round(piece.Duration.TotalSeconds * scale);
                await into.WriteAsync(bytes, stop);
            }
        }

        return left;
    }
}
