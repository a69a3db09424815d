using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// One camera's newest fragments, as a window for who plays them one by one, and as a low-latency HLS playlist (RFC 8216bis): a fragment is a part, and what lies between
/// two key frames is a segment. Thread-safe.
/// </summary>
internal sealed class LiveStream
{
    private const int SegmentsWithParts = 3, MostCounted = 10_000, MostParts = 240;
    private const long MostBytes = 64 << 20;
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(20), LongestPart = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private readonly List<Part> parts = [];
    private readonly HashSet<long> closed = [];
    private readonly ConcurrentDictionary<string, DateTimeOffset> viewers = new();
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Run? run;
    private long sequence;
    private DateTimeOffset toldAt;
    private int discontinuities;

    /// <param name="now">Where segments are counted from, in seconds: a server that is started anew goes on with greater numbers, as segments are a second long or longer.</param>
    public LiveStream(DateTimeOffset now) => (sequence, AskedAt, FedAt) = (now.ToUnixTimeSeconds(), now, now);

    public DateTimeOffset AskedAt { get; private set; }

    /// <summary>Notes that somebody asked.</summary>
    public void Asked(string viewer, DateTimeOffset at)
    {
        AskedAt = at;
        if (viewers.Count < MostCounted || viewers.ContainsKey(viewer))
            viewers[viewer] = at;
    }

    /// <summary>Whether it is time to tell the box again; notes that it was.</summary>
    public bool TellAgain(DateTimeOffset at, TimeSpan every)
    {
        if (at - toldAt < every)
            return false;
        toldAt = at;
        return true;
    }

    /// <summary>How many have asked since then; who did not is forgotten.</summary>
    public int Viewers(DateTimeOffset since)
    {
        foreach (var (viewer, at) in viewers)
        {
            if (at < since)
                viewers.TryRemove(viewer, out _);
        }

        return viewers.Count;
    }

    public LiveWindow? Window
    {
        get
        {
            lock (gate)
                return run is not null && parts.FindLast(p => p.Run == run && p.Key) is { } key ? new(run.Epoch, run.Codec, key.Number, parts[^1].Number) : null;
        }
    }

    /// <summary>The number of the newest fragment; -1 before the first.</summary>
    public long NewestNumber
    {
        get
        {
            lock (gate)
                return parts.Count > 0 ? parts[^1].Number : -1;
        }
    }

    /// <summary>When the newest fragment came, or the stream was first asked for.</summary>
    public DateTimeOffset FedAt { get; private set; }

    public void Begin(long epoch, string codec, byte[] init)
    {
        lock (gate)
        {
            if (run is not null && epoch <= run.Epoch)
                return;
            if (parts.Count > 0)
                closed.Add(parts[^1].Segment);
            run = new(epoch, codec, init);
        }
    }

    public byte[]? Init(long epoch)
    {
        lock (gate)
            return run?.Epoch == epoch ? run.Init : parts.Find(p => p.Run.Epoch == epoch)?.Run.Init;
    }

    /// <summary>False where the epoch has not begun here: the box sends the init segment first.</summary>
    public bool Add(long epoch, long number, bool key, TimeSpan duration, byte[] bytes, DateTimeOffset? at = null)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            if (run is null || epoch != run.Epoch)
                return false;
            var last = parts.Count > 0 ? parts[^1] : null;
            if (last?.Run == run && number <= last.Number)
                return true;
            // Whoever begins in the middle of a segment waits for its key frame.
            if (!key && last?.Run != run)
                return true;
            if (key && last is not null)
                closed.Add(last.Segment);
            var segment = key ? ++sequence : last!.Segment;
            FedAt = at ?? FedAt;
            parts.Add(new(run, segment, last?.Segment == segment ? last.Index + 1 : 0, number, key, duration > LongestPart ? LongestPart : duration, bytes));
            Trim();
            (told, arrived) = (arrived, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.SetResult();
        return true;
    }

    /// <summary>One fragment; null where it is not here.</summary>
    public byte[]? Fragment(long epoch, long number)
    {
        lock (gate)
            return parts.Find(p => p.Number == number && p.Run.Epoch == epoch)?.Bytes;
    }

    /// <summary>One fragment, waited for where it is the next to come; null where it is gone.</summary>
    public async Task<byte[]?> WaitForAsync(long epoch, long number, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (parts.Find(p => p.Run.Epoch == epoch && p.Number == number) is { } found)
                    return found.Bytes;
                if (epoch != run?.Epoch || (parts.FindLast(p => p.Run == run) is { } last && number != last.Number + 1))
                    return null;
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    /// <summary>The fragments from one to another; null where one is gone.</summary>
    public IReadOnlyList<byte[]>? Segment(long epoch, long first, long last)
    {
        lock (gate)
        {
            var begin = parts.FindIndex(p => p.Number == first && p.Run.Epoch == epoch);
            var count = last - first + 1;
            if (begin < 0 || count < 1 || begin + count > parts.Count || parts[begin + (int)count - 1] is var end && (end.Number != last || end.Run.Epoch != epoch))
                return null;
            return parts.GetRange(begin, (int)count).ConvertAll(p => p.Bytes);
        }
    }

    /// <summary>The playlist once it has a whole segment: players that are given one without ask again two or three times, and then take it for broken.</summary>
    /// <param name="query">Behind each part's address.</param>
    public Task<string?> FirstPlaylistAsync(string query, CancellationToken stop) => PlaylistAsync(() => parts.Exists(p => p.Key && closed.Contains(p.Segment)), query, stop);

    /// <summary>The playlist once it has the part that is asked for, or more; null while there is nothing to play.</summary>
    /// <param name="segment">A media sequence number that is waited for; null for the playlist as it is.</param>
    /// <param name="part">Within the segment; null for the whole of it.</param>
    /// <param name="query">Behind each part's address.</param>
    /// <exception cref="ArgumentOutOfRangeException">That is too far ahead to be waited for.</exception>
    public Task<string?> PlaylistAsync(long? segment, int? part, string query, CancellationToken stop) =>
        PlaylistAsync(() => segment > sequence + 2 ? throw new ArgumentOutOfRangeException(nameof(segment)) : segment is null || Has(segment.Value, part), query, stop);

    private async Task<string?> PlaylistAsync(Func<bool> come, string query, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (come())
                    return parts.Exists(p => p.Key) ? Playlist(query) : null;
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    // A later part answers too, as the one that was asked for may be of a shorter segment.
    private bool Has(long segment, int? part) => part is { } index
        ? parts.Exists(p => p.Segment > segment || (p.Segment == segment && p.Index >= index))
        : closed.Contains(segment) || parts.Exists(p => p.Segment > segment);

    private void Trim()
    {
        var total = parts.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Duration);
        // Whole segments go, the oldest first.
        while (parts[0].Segment != parts[^1].Segment && total > Kept)
        {
            var oldest = parts[0].Segment;
            var gone = parts.Where(p => p.Segment == oldest).ToList();
            total -= gone.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Duration);
            if (parts.Find(p => p.Segment != oldest)!.Run != parts[0].Run)
                discontinuities++;
            parts.RemoveAll(p => p.Segment == oldest);
            closed.Remove(oldest);
        }

        // Of a camera that gives a key frame once in minutes the newest fragments stay, for who plays already.
        for (var bytes = parts.Sum(p => (long)p.Bytes.Length); parts.Count > MostParts || (bytes > MostBytes && parts.Count > 1); parts.RemoveAt(0))
            bytes -= parts[0].Bytes.Length;
    }

    private string Playlist(string query)
    {
        // A segment whose beginning is gone cannot be played.
        var segments = parts.GroupBy(p => p.Segment).Select(g => g.ToList()).Where(s => s[0].Key).ToList();
        var longestPart = Math.Ceiling(parts.Max(p => p.Duration.TotalSeconds) * 10) / 10;
        var longest = Math.Max(1, Math.Ceiling(segments.Max(Seconds)));
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{longest:0}\n"))
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={longestPart * 2.5:0.00}\n#EXT-X-PART-INF:PART-TARGET={longestPart:0.0}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{segments[0][0].Segment}\n#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}\n");
        Run? before = null;
        foreach (var (segment, fromEnd) in segments.Select((s, i) => (s, segments.Count - i)))
        {
            if (segment[0].Run != before)
                text.Append(before is null ? "" : "#EXT-X-DISCONTINUITY\n").Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{segment[0].Run.Epoch}{query}\"\n");
            before = segment[0].Run;
            if (fromEnd <= SegmentsWithParts)
            {
                foreach (var part in segment)
                    text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PART:DURATION={part.Duration.TotalSeconds:0.000},URI=\"{part.Run.Epoch}/{part.Number}{query}\"{(part.Key ? ",INDEPENDENT=YES" : "")}\n");
            }

            if (closed.Contains(segment[0].Segment))
                text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{Seconds(segment):0.000},\n{segment[0].Run.Epoch}/{segment[0].Number}-{segment[^1].Number}{query}\n");
        }

        if (parts[^1].Run == run)
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{run.Epoch}/{parts[^1].Number + 1}{query}\"\n");
        return text.ToString();
    }

    private static double Seconds(List<Part> segment) => segment.Sum(p => p.Duration.TotalSeconds);

    /// <summary>A run of the stream that an init segment belongs to.</summary>
    private sealed record Run(long Epoch, string Codec, byte[] Init);

    /// <param name="Index">Within its segment, from 0.</param>
    private sealed record Part(Run Run, long Segment, int Index, long Number, bool Key, TimeSpan Duration, byte[] Bytes);
}
