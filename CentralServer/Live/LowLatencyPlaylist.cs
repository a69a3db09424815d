using System.Globalization;
using System.Text;

namespace BrightKitchen.CentralServer.Live;

/// <summary>A fragment as the playlist needs it.</summary>
/// <param name="Number">Counted by the edge agent within the epoch.</param>
/// <param name="Key">Whether it begins with a key frame.</param>
internal readonly record struct PlaylistFragment(long Epoch, long Number, bool Key, TimeSpan Duration);

/// <summary>
/// One stream's low-latency HLS playlist (RFC 8216bis). What its players take for fixed is fixed when the first playlist is made: the
/// target duration is 6 s, so that three of them
/// are in the playlist whatever the distance of key frames, and the part target follows from the fragments that came until then. A part is
/// one or more fragments of together
/// 85 to 100 % of the part target. A fragment that does not fit ends its segment, whose last part may be shorter; one that is longer is a
/// segment without parts. Not thread-safe.
/// </summary>
internal sealed class LowLatencyPlaylist
{
    /// <summary>No segment is longer; key frames further apart lie in several.</summary>
    public static readonly TimeSpan LongestSegment = TimeSpan.FromSeconds(6);

    // RFC 8216bis 4.4.4.9: a part that is not its segment's last is at least so long.
    private const double LeastOfPart = 0.85;

    // Fragments of one camera differ by a frame; the rule above leaves room for it on both sides.
    private const double Room = 1.1;

    // Segments are longer than this many a second, so that the clock is always ahead of their numbers.
    private const int NumbersASecond = 4;

    // Below 2³¹ for two decades: not every player counts further.
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

    /// <param name="now">Where numbers are counted from: a server that is started again goes on with greater ones.</param>
    /// <param name="partTarget">Of the same camera's playlist before, so that a player that comes back finds the same; null for
    /// none.</param>
    public LowLatencyPlaylist(DateTimeOffset now, TimeSpan? partTarget) =>
        (sequence, discontinuities, this.partTarget) = (
            (long)((now - FirstNumber).TotalSeconds * NumbersASecond),
            (long)(now - FirstNumber).TotalSeconds,
            partTarget
        );

    /// <summary>Null until the first playlist is made.</summary>
    public TimeSpan? PartTarget => partTarget;

    /// <summary>The newest segment's number.</summary>
    public long Newest => sequence;

    /// <summary>Whether there is a closed segment that a player can begin with.</summary>
    public bool HasWhole => segments.Any(s => s.Closed && s.Key);

    /// <summary>The oldest fragment that is listed; null where none is.</summary>
    public (long Epoch, long Number)? Oldest => segments.First?.Value.Fragments is [var first, ..] ? (first.Epoch, first.Number) : null;

    /// <summary>Takes the next fragment of the stream.</summary>
    public void Add(PlaylistFragment fragment)
    {
        if (partTarget is not null)
        {
            Append(fragment);
            Trim();
            return;
        }

        waiting.Add(fragment);
        // The first segment is whole where another key frame comes; without one the part target is chosen from what two seconds brought.
        if (Sum(waiting) >= 2 * ShortestSegment || (fragment.Key && Sum(waiting) - fragment.Duration >= ShortestSegment))
            Fix();
    }

    /// <summary>No part or segment goes on: what comes next is of another epoch.</summary>
    public void End()
    {
        Settle();
        // Too little to know the stream by, and too little to miss.
        waiting.Clear();
        Close();
        broken = segments.Count > 0;
    }

    /// <summary>
    /// Whether the segment, or the part of it, is listed. A part beyond the last of its segment is the first of the next (RFC 8216bis
    /// 6.2.5.2).
    /// </summary>
    /// <param name="part">Null for the whole segment.</param>
    public bool Has(long segment, int? part) =>
        segments.Any(s => s.Number > segment ? s.IsListed : s.Number == segment && (part is { } index ? s.Parts.Count > index : s.Closed));

    /// <summary>
    /// Fixes what never changes from what is here, where that is enough to know the stream by, so that nothing waits for more.
    /// </summary>
    public void Settle()
    {
        if (Sum(waiting) >= ShortestSegment)
            Fix();
    }

    /// <summary>Takes out what refers to fragments before this one, which are gone.</summary>
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

    /// <summary>The playlist; null while nothing can be played.</summary>
    /// <param name="query">Behind each address.</param>
    public string? Text(string query)
    {
        Settle();
        // A segment without a key frame before it cannot be played.
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

        // Of a stream whose parts are several fragments the next one's address is not known.
        if (!broken && pending.Count == 0 && listed[^1].Fragments is [.., var last] && last.Duration.TotalSeconds >= part / 2)
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{last.Epoch}/{last.Number + 1}{query}\"\n");
        else if (listed[^1].Closed)
            // hls.js takes a whole segment at the very end for the one to come, and then finds another address: it gives up.
            text.Append(broken ? "#EXT-X-DISCONTINUITY\n" : "#\n");
        return text.ToString();
    }

    private static string Address(List<PlaylistFragment> fragments) =>
        fragments is [var only]
            ? string.Create(CultureInfo.InvariantCulture, $"{only.Epoch}/{only.Number}")
            : string.Create(CultureInfo.InvariantCulture, $"{fragments[0].Epoch}/{fragments[0].Number}-{fragments[^1].Number}");

    private static TimeSpan Sum(List<PlaylistFragment> fragments) => fragments.Aggregate(TimeSpan.Zero, (sum, f) => sum + f.Duration);

    // As many fragments to a part as make it long enough to be worth a request.
    private void Fix()
    {
        var longest = waiting.Max(f => f.Duration);
        var each = Math.Max(1, Math.Ceiling(ShortestPart / longest));
        // To the millisecond, as it is written.
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
        // Longer than any segment may be: frames are missing, or the camera's clock jumped. Its time ends there, and another begins.
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
            // What waits is too short for a part that is not its segment's last.
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

    // Oldest first, while three target durations stay that a player can begin with: up to the next segment that begins with a key frame, as
    // those before it are of no use.
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

        /// <summary>Whether its time does not follow from the one before.</summary>
        public required bool Discontinuity { get; init; }

        public List<PlaylistFragment> Fragments { get; } = [];

        public List<Part> Parts { get; } = [];

        /// <summary>Of its fragments, without those of a part to come.</summary>
        public TimeSpan Duration { get; set; }

        public bool Closed { get; set; }

        /// <summary>Whether there is anything of it to fetch.</summary>
        public bool IsListed => Closed || Parts.Count > 0;
    }
}
