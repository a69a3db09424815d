namespace BrightKitchen.EdgeAgent.Media;

/// <summary>One continuous run of the copied stream with its init segment; each connection starts a new epoch.</summary>
/// <param name="Number">Start of the connection in Unix milliseconds: increases with every connection, also across restarts of the edge
/// agent.</param>
/// <param name="Init">The MP4 boxes <c>ftyp</c> and <c>moov</c>.</param>
/// <param name="Codec">Codec string for Media Source Extensions, such as <c>avc1.64001f</c>.</param>
/// <param name="Timescale">Ticks per second.</param>
internal sealed record Epoch(long Number, byte[] Init, string Codec, uint Timescale)
{
    /// <summary>Whether fragments of both epochs play in one file: same codec, resolution, parameter sets and timescale.</summary>
    public bool Fits(Epoch other) =>
        ReferenceEquals(this, other)
        || (
            Codec == other.Codec
            && Timescale == other.Timescale
            && Mp4.SampleDescription(Init).SequenceEqual(Mp4.SampleDescription(other.Init))
        );
}

/// <summary>One movie fragment (<c>moof</c> and <c>mdat</c>) of the copied stream.</summary>
/// <param name="Number">Sequence number in its <see cref="FragmentRing"/>, which never restarts; before the ring assigns it, the number
/// within the connection.</param>
/// <param name="Bytes">Never modified after reading.</param>
/// <param name="Key">Whether it begins with a key frame, so that a clip can start with it.</param>
/// <param name="Start">Decode time of the first sample in the epoch's timescale.</param>
/// <param name="Length">Duration in the epoch's timescale.</param>
/// <param name="Arrived">Arrival of the last byte, UTC.</param>
internal sealed record Fragment(Epoch Epoch, long Number, byte[] Bytes, bool Key, ulong Start, ulong Length, DateTimeOffset Arrived)
{
    /// <summary>Bytes written before the fragment in a clip: the analysis results of its time span.</summary>
    public byte[] Lead { get; init; } = [];

    public TimeSpan Duration => TimeSpan.FromSeconds((double)Length / Epoch.Timescale);

    /// <summary>Estimated time of the first picture, derived from the arrival time.</summary>
    public DateTimeOffset Begins => Arrived - Duration;
}
