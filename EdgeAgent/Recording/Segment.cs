using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Up to some minutes of one camera's copied stream in a file that plays on its own.</summary>
/// <param name="Epoch">Number of the connection; segments of one epoch have the same init segment.</param>
/// <param name="From">Wall time (UTC) of the first picture.</param>
/// <param name="Pieces">Number of intact fragments.</param>
/// <param name="Damaged">Bytes that belong to no intact fragment: a truncated end, or data lost by the disk.</param>
internal sealed record Segment(
    CameraId Camera,
    string Path,
    long Epoch,
    DateTimeOffset From,
    DateTimeOffset To,
    long Bytes,
    int Pieces,
    long Damaged
);

/// <summary>A fragment stored in a segment.</summary>
/// <param name="Offset">File offset of its <c>moof</c>.</param>
/// <param name="Length">Length of <c>moof</c> and <c>mdat</c> in bytes.</param>
internal sealed record Piece(long Offset, int Length, long Number, bool Key, DateTimeOffset From, TimeSpan Duration)
{
    public DateTimeOffset To => From + Duration;
}

/// <summary>The contents of a segment's file.</summary>
/// <param name="Init">Null where it is damaged; another segment of the epoch has the same one.</param>
internal sealed record SegmentContent(byte[]? Init, IReadOnlyList<Piece> Pieces, long Damaged);
