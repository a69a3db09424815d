using System.Globalization;
using System.Text;

namespace BrightKitchen.CentralServer.Live;

/// <summary>A fragment's properties for the playlist.</summary>
/// <param name="Number">Assigned by the edge agent, ascending within the epoch.</param>
/// <param name="Key">Whether it begins with a key frame.</param>
internal readonly record struct PlaylistFragment(long Epoch, long Number, bool Key, TimeSpan Duration);

/// <summary>
/// One stream's low-latency HLS playlist (RFC 8216bis). Properties that players assume to be constant are determined when the first
/// playlist is created: the target duration is 6 s, so that three target durations are listed regardless of the distance between key
/// frames, and the part target is derived from the fragments received until then. A part is one or more fragments with a total duration of
/// 85 to 100 % of the part target. A fragment that does not fit ends its segment, whose last part may be shorter; a fragment longer than
/// the part target is a segment without parts. Not thread-safe.
/// </summary>
internal sealed class LowLatencyPlaylist
{
    /// <summary>Maximum duration of a segment; a longer interval between key frames is split into several segments.</summary>
    public static readonly TimeSpan LongestSegment = TimeSpan.FromSeconds(6);

    // RFC 8216bis 4.4.4.9: each part except the last of its segment lasts at least 85 % of the part target.
    private const double LeastOfPart = 0.85;

    // Durations of a camera's fragments differ by one frame; with this factor the 85 % rule leaves tolerance on both sides.
    private const double Room = 1.1;

    // More than the segments per second, so that a number derived from the clock exceeds all numbers used before.
    private const int NumbersASecond = 4;

    // Keeps numbers below 2³¹ for 17 years: some players support only 32-bit numbers.
    private static readonly DateTimeOffset FirstNumber = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan ShortestPart = TimeSpan.FromMilliseconds(450);
    private static readonly TimeSpan ShortestSegment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Listed = 3 * LongestSegment;
    private readonly List<PlaylistFragment> waiting = [];
    private readonly LinkedList<Segment> segments = new();
    private List<PlaylistFragment> pending = [];
    private TimeSpan? partTarget;
    private long sequence;
    private long discontinuities;
    private bool broken;

    /// <param name="now">The first number is derived from it, so that a restarted server continues with greater numbers.</param>
    /// <param name="partTarget">Part target of the camera's previous playlist, for players that reconnect; null if there was none.</param>
    public LowLatencyPlaylist(DateTimeOffset now, TimeSpan? partTarget) =>
        (sequence, discontinuities, this.partTarget) = (
            (long)((now - FirstNumber).TotalSeconds * NumbersASecond),
            (long)(now - FirstNumber).TotalSeconds,
            partTarget
        );

    /// <summary>Null until the first playlist is created.</summary>
    public TimeSpan? PartTarget => partTarget;

    /// <summary>Media sequence number of the newest segment.</summary>
    public long Newest => sequence;

    /// <summary>Whether there is a closed segment that begins with a key frame, with which a player can start.</summary>
    public bool HasWhole => segments.Any(s => s.Closed && s.Key);

    /// <summary>The oldest fragment that is listed; null if the playlist is empty.</summary>
    public (long Epoch, long Number)? Oldest => segments.First?.Value.Fragments is [var first, ..] ? (first.Epoch, first.Number) : null;

    /// <summary>Appends the next fragment of the stream.</summary>
    public void Add(PlaylistFragment fragment)
    {
        if (partTarget is not null)
        {
            Append(fragment);
            Trim();
            return;
        }

        waiting.Add(fragment);
        // A second key frame completes the first segment; without one the part target is determined from the first two seconds.
        if (Sum(waiting) >= 2 * ShortestSegment || (fragment.Key && Sum(waiting) - fragment.Duration >= ShortestSegment))
            Fix();
    }

    /// <summary>Ends the current part and segment: the next fragment belongs to another epoch.</summary>
    public void End()
    {
        Settle();
        // Less than a second of fragments is too little to determine the part target, and is dropped.
        waiting.Clear();
        Close();
        broken = segments.Count > 0;
    }

    /// <summary>
    /// Whether the segment, or one of its parts, is listed. A part index beyond the segment's last part means the first part of the next
    /// segment (RFC 8216bis 6.2.5.2).
    /// </summary>
    /// <param name="part">Index of the part; null for the whole segment.</param>
    public bool Has(long segment, int? part) =>
        segments.Any(s => s.Number > segment ? s.IsListed : s.Number == segment && (part is { } index ? s.Parts.Count > index : s.Closed));

    /// <summary>
    /// Determines the part target from the fragments received so far if they last at least a second, so that a request need not wait for
    /// more.
    /// </summary>
    public void Settle()
    {
        if (Sum(waiting) >= ShortestSegment)
            Fix();
    }

    /// <summary>Removes segments that refer to fragments before the given one, which are no longer available.</summary>
    public void Forget(long epoch, long number)
    {
        while (segments.First?.Value is { Fragments: [var first, ..] } oldest && (first.Epoch, first.Number).CompareTo((epoch, number)) < 0)
        {
            if (!oldest.Closed)
            {
                Close();
                broken = true;
            }

            Remove(1);
        }
    }

    private long DiscontinuitiesBefore(Segment first) =>
        discontinuities + segments.TakeWhile(s => s != first).Count(s => s.Discontinuity) + (first.Discontinuity ? 1 : 0);

    /// <summary>Renders the playlist; null while nothing can be played.</summary>
    /// <param name="query">Query string appended to each URL.</param>
    public string? Text(string query)
    {
        Settle();
        // A segment can be played only from a key frame on.
        var listed = segments.SkipWhile(s => !s.Key).Where(s => s.IsListed).ToList();
        if (listed is not [var first, ..])
            return null;
        var part = partTarget!.Value.TotalSeconds;
        var text = new StringBuilder(
            string.Create(
                CultureInfo.InvariantCulture,
                $"#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{LongestSegment.TotalSeconds:0}\n"
            )
        )
            .Append(
                CultureInfo.InvariantCulture,
                $"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={part * 3:0.000}\n#EXT-X-PART-INF:PART-TARGET={part:0.000}\n"
            )
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{first.Number}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{DiscontinuitiesBefore(first)}\n");
        var rest = listed.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Duration);
        Segment? before = null;
        foreach (var segment in listed)
        {
            if (before is not null && segment.Discontinuity)
                text.Append("#EXT-X-DISCONTINUITY\n");
            if (before is null || segment.Epoch != before.Epoch)
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{segment.Epoch}{query}\"\n");
            (before, rest) = (segment, rest - segment.Duration);
            foreach (var piece in rest < LongestSegment ? segment.Parts : [])
                text.Append(
                        CultureInfo.InvariantCulture,
                        $"#EXT-X-PART:DURATION={piece.Duration.TotalSeconds:0.000},URI=\"{Address(piece.Fragments)}{query}\""
                    )
                    .Append(piece.Fragments[0].Key ? ",INDEPENDENT=YES\n" : "\n");
            if (segment.Closed)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"#EXTINF:{segment.Duration.TotalSeconds:0.000},\n{Address(segment.Fragments)}{query}\n"
                );
        }

        // If a part has several fragments, the URL of the next part is not known yet.
        if (!broken && pending.Count == 0 && listed[^1].Fragments is [.., var last] && last.Duration.TotalSeconds >= part / 2)
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{last.Epoch}/{last.Number + 1}{query}\"\n");
        else if (listed[^1].Closed)
            // hls.js mistakes a whole segment in the last line for the upcoming one and gives up when its URL changes; a further line
            // prevents that.
            text.Append(broken ? "#EXT-X-DISCONTINUITY\n" : "#\n");
        return text.ToString();
    }

    private static string Address(List<PlaylistFragment> fragments) =>
        fragments is [var only]
            ? string.Create(CultureInfo.InvariantCulture, $"{only.Epoch}/{only.Number}")
            : string.Create(CultureInfo.InvariantCulture, $"{fragments[0].Epoch}/{fragments[0].Number}-{fragments[^1].Number}");

    private static TimeSpan Sum(List<PlaylistFragment> fragments) => fragments.Aggregate(TimeSpan.Zero, (sum, f) => sum + f.Duration);

    // Determines the part target: as many fragments per part as make it long enough to be worth a request.
    private void Fix()
    {
        var longest = waiting.Max(f => f.Duration);
        var each = Math.Max(1, Math.Ceiling(ShortestPart / longest));
        // Rounded up to milliseconds, the precision of the playlist.
        var target = TimeSpan.FromMilliseconds(Math.Ceiling((longest * each * Room).TotalMilliseconds));
        partTarget = target < LongestSegment ? target : LongestSegment;
        foreach (var fragment in waiting)
            Append(fragment);
        waiting.Clear();
        Trim();
    }

    private void Append(PlaylistFragment fragment)
    {
        var target = partTarget!.Value;
        // Longer than a segment may be: frames are missing, or the camera's clock jumped. The timeline ends there, and a discontinuity
        // follows.
        var jumps = fragment.Duration > LongestSegment;
        if (jumps)
            fragment = fragment with { Duration = LongestSegment };
        var open = Open();
        var together = Sum(pending) + fragment.Duration;
        if (
            open is not null
            && (
                (fragment.Key && Length(open) >= ShortestSegment)
                || Length(open) + fragment.Duration > LongestSegment
                || fragment.Duration > target
            )
        )
            Close();
        else if (pending.Count > 0 && together > target)
            // The pending fragments are too short for a part, unless it is the last of its segment.
            Close();
        open = Open() ?? Begin(fragment);
        if (fragment.Duration > target)
        {
            open.Fragments.Add(fragment);
            open.Duration += fragment.Duration;
            open.Closed = true;
        }
        else
        {
            pending.Add(fragment);
            if (Sum(pending) >= target * LeastOfPart)
                Publish(open);
        }

        if (jumps)
            broken = true;
    }

    private Segment? Open() => segments.Last?.Value is { Closed: false } open ? open : null;

    private TimeSpan Length(Segment open) => open.Duration + Sum(pending);

    private Segment Begin(PlaylistFragment first)
    {
        var made = new Segment
        {
            Number = ++sequence,
            Epoch = first.Epoch,
            Key = first.Key,
            Discontinuity = broken,
        };
        broken = false;
        segments.AddLast(made);
        return made;
    }

    private void Publish(Segment open)
    {
        open.Parts.Add(new(pending, Sum(pending)));
        open.Fragments.AddRange(pending);
        open.Duration += Sum(pending);
        pending = [];
    }

    private void Close()
    {
        if (Open() is not { } open)
            return;
        if (pending.Count > 0)
            Publish(open);
        open.Closed = true;
    }

    // Removes the oldest segments while three target durations remain from which a player can start. Removes up to the next segment that
    // begins with a key frame, because the segments before it cannot be played.
    private void Trim()
    {
        while (segments.Skip(1).TakeWhile(s => !s.Key).Count() + 1 is var count && segments.Count > count)
        {
            var rest = segments.Skip(count).Where(s => s.Closed).Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Duration);
            if (rest < Listed)
                return;
            Remove(count);
        }
    }

    private void Remove(int count)
    {
        for (; count > 0 && segments.First is { } oldest; count--)
        {
            if (oldest.Value.Discontinuity)
                discontinuities++;
            segments.RemoveFirst();
        }
    }

    private sealed record Part(List<PlaylistFragment> Fragments, TimeSpan Duration);

    private sealed class Segment
    {
        public required long Number { get; init; }

        public required long Epoch { get; init; }

        /// <summary>Whether it begins with a key frame.</summary>
        public required bool Key { get; init; }

        /// <summary>Whether its timestamps do not continue those of the previous segment.</summary>
        public required bool Discontinuity { get; init; }

        public List<PlaylistFragment> Fragments { get; } = [];

        public List<Part> Parts { get; } = [];

        /// <summary>Total duration of its fragments, without those that are not yet in a part.</summary>
        public TimeSpan Duration { get; set; }

        public bool Closed { get; set; }

        /// <summary>Whether it has anything to fetch.</summary>
        public bool IsListed => Closed || Parts.Count > 0;
    }
}
