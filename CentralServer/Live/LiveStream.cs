using System.Collections.Concurrent;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// One camera's newest fragments, as a window for who plays them one by one, and as a <see cref="LowLatencyPlaylist"/>. Thread-safe.
/// </summary>
internal sealed class LiveStream
{
    private const int MostCounted = 10_000;
    private const int MostFragments = 1200;
    private const long MostBytes = 64 << 20;

    // What the playlist no longer lists stays for players that have not loaded it again yet.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private readonly List<FragmentEntry> fragments = [];
    private readonly LowLatencyPlaylist playlist;
    private readonly ConcurrentDictionary<string, DateTimeOffset> viewers = new();
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Run? run;
    private DateTimeOffset toldAt;

    /// <param name="now">Where segments are counted from.</param>
    /// <param name="partTarget">Of the camera's stream before this one; null where there was none.</param>
    public LiveStream(DateTimeOffset now, TimeSpan? partTarget = null) => (playlist, AskedAt, FedAt) = (new(now, partTarget), now, now);

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
                return run is not null && fragments.FindLast(p => p.Run == run && p.Key) is { } key
                    ? new(run.Epoch, run.Codec, key.Number, fragments[^1].Number)
                    : null;
        }
    }

    /// <summary>The number of the newest fragment; -1 before the first.</summary>
    public long NewestNumber
    {
        get
        {
            lock (gate)
                return fragments.Count > 0 ? fragments[^1].Number : -1;
        }
    }

    /// <summary>When the newest fragment came, or the stream was first asked for.</summary>
    public DateTimeOffset FedAt { get; private set; }

    /// <summary>The playlist's part target; null before its first.</summary>
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

    /// <summary>False where the epoch has not begun here: the box sends the init segment first.</summary>
    public bool Add(long epoch, long number, bool key, TimeSpan duration, byte[] bytes, DateTimeOffset? at = null)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            if (run is null || epoch != run.Epoch)
                return false;
            var last = fragments.Count > 0 ? fragments[^1] : null;
            if (last?.Run == run && number <= last.Number)
                return true;
            // Whoever begins in the middle of a segment waits for its key frame.
            if (!key && last?.Run != run)
                return true;
            FedAt = at ?? FedAt;
            fragments.Add(new(run, number, key, duration, bytes));
            playlist.Add(new(epoch, number, key, duration));
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
            return fragments.Find(p => p.Number == number && p.Run.Epoch == epoch)?.Bytes;
    }

    /// <summary>One fragment, waited for where it is the next to come; null where it is gone.</summary>
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

    /// <summary>The fragments from one to another; null where one is gone.</summary>
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
    /// The playlist once it has a whole segment: players that are given one without ask again two or three times, and then take it for
    /// broken.
    /// </summary>
    /// <param name="query">Behind each part's address.</param>
    public Task<string?> FirstPlaylistAsync(string query, CancellationToken stop) => PlaylistAsync(() => playlist.HasWhole, query, stop);

    /// <summary>The playlist once it has the part that is asked for, or more; null while there is nothing to play.</summary>
    /// <param name="segment">A media sequence number that is waited for; null for the playlist as it is.</param>
    /// <param name="part">Within the segment; null for the whole of it.</param>
    /// <param name="query">Behind each part's address.</param>
    /// <exception cref="ArgumentOutOfRangeException">That is too far ahead to be waited for.</exception>
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
            // Of a camera that gives a key frame once in minutes the newest fragments stay, for who plays already.
            var tooMany = fragments.Count - gone > MostFragments || bytes > MostBytes;
            var old =
                total - oldest.Duration >= Kept && playlist.Oldest is { } listed && (oldest.Run.Epoch, oldest.Number).CompareTo(listed) < 0;
            if (!tooMany && !old)
                break;
            (total, bytes) = (total - oldest.Duration, bytes - oldest.Bytes.Length);
        }

        fragments.RemoveRange(0, gone);
        playlist.Forget(fragments[0].Run.Epoch, fragments[0].Number);
    }

    /// <summary>A run of the stream that an init segment belongs to.</summary>
    private sealed record Run(long Epoch, string Codec, byte[] Init);

    private sealed record FragmentEntry(Run Run, long Number, bool Key, TimeSpan Duration, byte[] Bytes);
}
