using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Some minutes of one camera's copied stream in a file that plays by itself.</summary>
/// <param name="Epoch">The connection that it is of; segments of one epoch share their init segment.</param>
/// <param name="From">When its first picture was taken, UTC as people are told.</param>
/// <param name="Pieces">Whole fragments in it.</param>
/// <param name="Damaged">Bytes that belong to no whole fragment: a torn end, or what the disk has lost.</param>
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

/// <summary>A fragment as it lies in a segment.</summary>
/// <param name="Offset">Where its <c>moof</c> begins.</param>
/// <param name="Length">Of <c>moof</c> and <c>mdat</c>, bytes.</param>
internal sealed record Piece(long Offset, int Length, long Number, bool Key, DateTimeOffset From, TimeSpan Duration)
{
    public DateTimeOffset To => From + Duration;
}

/// <summary>What was read of a segment's file.</summary>
/// <param name="Init">Null where it is damaged; another segment of the epoch has the same.</param>
internal sealed record SegmentContent(byte[]? Init, IReadOnlyList<Piece> Pieces, long Damaged);
