namespace BrightKitchen.EdgeAgent.Media;

/// <summary>A run of the copied stream that an init segment belongs to; a new connection is a new epoch.</summary>
/// <param name="Number">Rises with every connection, also over restarts of the box.</param>
/// <param name="Init">The boxes <c>ftyp</c> and <c>moov</c>.</param>
/// <param name="Codec">As MediaSource wants it, such as <c>avc1.64001f</c>.</param>
internal sealed record Epoch(long Number, byte[] Init, string Codec, uint Timescale)
{
    /// <summary>Whether fragments of both play in one file: one codec, picture size, parameter sets and timescale.</summary>
    public bool Fits(Epoch other) =>
        ReferenceEquals(this, other)
        || (
            Codec == other.Codec
            && Timescale == other.Timescale
            && Mp4.SampleDescription(Init).SequenceEqual(Mp4.SampleDescription(other.Init))
        );
}

/// <summary>One movie fragment (<c>moof</c> and <c>mdat</c>) of the copied stream.</summary>
/// <param name="Number">
/// Its place in its <see cref="FragmentRing"/>, which never restarts; before that, its place in its connection.
/// </param>
/// <param name="Bytes">Never changed after it was read.</param>
/// <param name="Key">It begins with a key frame, so that a clip may begin with it.</param>
/// <param name="Start">Decode time of its first sample in the epoch's timescale.</param>
/// <param name="Length">Its duration in the same unit.</param>
/// <param name="Arrived">When its last byte came, UTC.</param>
internal sealed record Fragment(Epoch Epoch, long Number, byte[] Bytes, bool Key, ulong Start, ulong Length, DateTimeOffset Arrived)
{
    /// <summary>What goes in front of it in a clip: what was seen meanwhile.</summary>
    public byte[] Lead { get; init; } = [];

    public TimeSpan Duration => TimeSpan.FromSeconds((double)Length / Epoch.Timescale);

    /// <summary>When its first picture was taken, as far as arrival tells.</summary>
    public DateTimeOffset Begins => Arrived - Duration;
}
