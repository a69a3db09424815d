using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// One camera's newest fragments, as a window for players that fetch them one by one and as a <see cref="LowLatencyPlaylist"/>.
/// Thread-safe.
/// </summary>
internal sealed class LiveStream
{
    private const int MostCounted = 10_000;
    private const int MostFragments = 1200;
    private const long MostBytes = 64 << 20;

    // Fragments that the playlist no longer lists stay available for players that have not reloaded it yet.
    private static readonly TimeSpan Retention = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private readonly List<FragmentEntry> fragments = [];
    private readonly LowLatencyPlaylist playlist;
    private readonly ConcurrentDictionary<string, DateTimeOffset> viewers = new();
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Run? run;
    private DateTimeOffset repeatedAt;

    /// <param name="now">Start of the stream; the first segment number is derived from it.</param>
    /// <param name="partTarget">Part target of the camera's previous stream; null if there was none.</param>
    public LiveStream(DateTimeOffset now, TimeSpan? partTarget = null) =>
        (playlist, LastRequestAt, LastFragmentAt) = (new(now, partTarget), now, now);

    public DateTimeOffset LastRequestAt { get; private set; }

    /// <summary>Records a viewer's request.</summary>
    public void RecordRequest(string viewer, DateTimeOffset at)
    {
        LastRequestAt = at;
        if (viewers.Count < MostCounted || viewers.ContainsKey(viewer))
            viewers[viewer] = at;
    }

    /// <summary>Whether the request to the edge agent is due to be repeated; if so, records that it was.</summary>
    public bool IsRepeatDue(DateTimeOffset at, TimeSpan every)
    {
        if (at - repeatedAt < every)
            return false;
        repeatedAt = at;
        return true;
    }

    /// <summary>Number of viewers with a request since the given time; forgets the others.</summary>
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
                return run is not null && fragments.FindLast(p => p.Run == run && p.Key) is { } key
                    ? new(run.Epoch, run.Codec, key.Number, fragments[^1].Number)
                    : null;
        }
    }

    /// <summary>Number of the newest fragment; -1 before the first.</summary>
    public long NewestNumber
    {
        get
        {
            lock (gate)
                return fragments.Count > 0 ? fragments[^1].Number : -1;
        }
    }

    /// <summary>When the newest fragment arrived; before the first, when the stream was created.</summary>
    public DateTimeOffset LastFragmentAt { get; private set; }

    /// <summary>Part target of the playlist; null until it is determined.</summary>
    public TimeSpan? PartTarget
    {
        get
        {
            lock (gate)
                return playlist.PartTarget;
        }
    }

    public void Begin(long epoch, string codec, byte[] init)
    {
        lock (gate)
        {
            if (run is not null && epoch <= run.Epoch)
                return;
            playlist.End();
            run = new(epoch, codec, init);
        }
    }

    public byte[]? Init(long epoch)
    {
        lock (gate)
            return run?.Epoch == epoch ? run.Init : fragments.Find(p => p.Run.Epoch == epoch)?.Run.Init;
    }

    /// <summary>
    /// Adds a fragment; returns false if its epoch has not begun here, so that the edge agent sends the init segment first.
    /// </summary>
    public bool Add(long epoch, long number, bool key, TimeSpan duration, byte[] bytes, DateTimeOffset? at = null)
    {
        TaskCompletionSource waiters;
        lock (gate)
        {
            if (run is null || epoch != run.Epoch)
                return false;
            var last = fragments.Count > 0 ? fragments[^1] : null;
            if (last?.Run == run && number <= last.Number)
                return true;
            // Fragments before the first key frame of a run cannot be decoded and are dropped.
            if (!key && last?.Run != run)
                return true;
            LastFragmentAt = at ?? LastFragmentAt;
            fragments.Add(new(run, number, key, duration, bytes));
            playlist.Add(new(epoch, number, key, duration));
            Trim();
            (waiters, arrived) = (arrived, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiters.SetResult();
        return true;
    }

    /// <summary>Returns one fragment; null if it is not available.</summary>
    public byte[]? Fragment(long epoch, long number)
    {
        lock (gate)
            return fragments.Find(p => p.Number == number && p.Run.Epoch == epoch)?.Bytes;
    }

    /// <summary>Returns one fragment and waits for it if it is the next one; null if it is no longer available.</summary>
    public async Task<byte[]?> WaitForAsync(long epoch, long number, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (fragments.Find(p => p.Run.Epoch == epoch && p.Number == number) is { } found)
                    return found.Bytes;
                if (epoch != run?.Epoch || (fragments.FindLast(p => p.Run == run) is { } last && number != last.Number + 1))
                    return null;
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    /// <summary>
    /// Returns the fragments from <paramref name="first"/> to <paramref name="last"/>; null if one is no longer available.
    /// </summary>
    public IReadOnlyList<byte[]>? Segment(long epoch, long first, long last)
    {
        lock (gate)
        {
            var begin = fragments.FindIndex(p => p.Number == first && p.Run.Epoch == epoch);
            var count = last - first + 1;
            if (
                begin < 0
                || count < 1
                || begin + count > fragments.Count
                || fragments[begin + (int)count - 1] is var end && (end.Number != last || end.Run.Epoch != epoch)
            )
                return null;
            return fragments.GetRange(begin, (int)count).ConvertAll(p => p.Bytes);
        }
    }

    /// <summary>
    /// Returns the playlist as soon as it has a whole segment: players that get one without reload it two or three times and then report
    /// the stream as broken.
    /// </summary>
    /// <param name="query">Query string appended to the URL of each part.</param>
    public Task<string?> FirstPlaylistAsync(string query, CancellationToken stop) => PlaylistAsync(() => playlist.HasWhole, query, stop);

    /// <summary>Returns the playlist as soon as it has the requested part or a later one; null while there is nothing to play.</summary>
    /// <param name="segment">Media sequence number to wait for; null returns the current playlist.</param>
    /// <param name="part">Index of the part within the segment; null for the whole segment.</param>
    /// <param name="query">Query string appended to the URL of each part.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="segment"/> is too far ahead to wait for.</exception>
    public Task<string?> PlaylistAsync(long? segment, int? part, string query, CancellationToken stop) =>
        PlaylistAsync(
            () =>
            {
                playlist.Settle();
                return segment > playlist.Newest + 2
                    ? throw new ArgumentOutOfRangeException(nameof(segment))
                    : segment is null || playlist.Has(segment.Value, part);
            },
            query,
            stop
        );

    private async Task<string?> PlaylistAsync(Func<bool> come, string query, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (come())
                    return playlist.Text(query);
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    private void Trim()
    {
        var (total, bytes, gone) = (
            fragments.Aggregate(TimeSpan.Zero, (sum, f) => sum + f.Duration),
            fragments.Sum(f => (long)f.Bytes.Length),
            0
        );
        for (; gone < fragments.Count - 1; gone++)
        {
            var oldest = fragments[gone];
            // With key frames minutes apart the limits remove the beginning of the current segment; the newest fragments stay for running
            // players.
            var tooMany = fragments.Count - gone > MostFragments || bytes > MostBytes;
            var old =
                total - oldest.Duration >= Retention
                && playlist.Oldest is { } listed
                && (oldest.Run.Epoch, oldest.Number).CompareTo(listed) < 0;
            if (!tooMany && !old)
                break;
            (total, bytes) = (total - oldest.Duration, bytes - oldest.Bytes.Length);
        }

        fragments.RemoveRange(0, gone);
        playlist.Forget(fragments[0].Run.Epoch, fragments[0].Number);
    }

    /// <summary>A period of the stream with one init segment.</summary>
    private sealed record Run(long Epoch, string Codec, byte[] Init);

    private sealed record FragmentEntry(Run Run, long Number, bool Key, TimeSpan Duration, byte[] Bytes);
}
