using System.Runtime.CompilerServices;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>
/// The newest fragments of one camera, in memory. It assigns sequence numbers that never restart while the process runs, whatever the
/// connections do, so that "the next fragment" is unambiguous. Thread-safe.
/// </summary>
internal sealed class FragmentRing
{
    private static readonly TimeSpan LongestGroup = TimeSpan.FromSeconds(90);
    private readonly Lock gate = new();
    private readonly TimeSpan kept;
    private readonly TimeProvider time;
    private readonly RingBudget budget;
    private readonly LinkedList<Fragment> fragments = new();
    private long bytes;
    private bool closed;
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long next;

    /// <param name="kept">How long fragments are retained.</param>
    /// <param name="budget">Memory budget shared with other rings; null is unlimited.</param>
    public FragmentRing(TimeSpan kept, TimeProvider time, RingBudget? budget = null)
    {
        (this.kept, this.time, this.budget) = (kept, time, budget ?? new(long.MaxValue));
        this.budget.Join();
    }

    public Fragment? Newest
    {
        get
        {
            lock (gate)
                return fragments.Last?.Value;
        }
    }

    /// <summary>Appends the newest fragment under the next sequence number.</summary>
    public void Add(Fragment fragment)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            if (closed)
                return;
            fragments.AddLast(fragment with { Number = next++ });
            bytes += fragment.Bytes.Length;
            budget.Hold(fragment.Bytes.Length);
            var oldest = time.GetUtcNow() - kept;
            while (fragments.First is { } first && first.Value.Arrived < oldest && !IsNeeded(first, oldest))
                DropFirst(first);
            // Oldest first: fragments since the newest key frame, which a finding needs, are dropped last, and the newest fragment never.
            while (fragments is { Count: > 1, First: { } first } && budget.IsTooMuch(bytes))
                DropFirst(first);

            (waiting, arrived) = (arrived, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.TrySetResult();
    }

    /// <summary>Releases all fragments of a removed camera and ends its readers.</summary>
    public void Close()
    {
        lock (gate)
        {
            if (closed)
                return;
            closed = true;
            fragments.Clear();
            budget.Leave(bytes);
            bytes = 0;
        }

        arrived.TrySetResult();
    }

    /// <summary>
    /// The fragments of a time span, across all connections within it. Each connection's fragments begin with a key frame; those of the
    /// first connection begin at or before <paramref name="from"/> where it has a key frame there.
    /// </summary>
    public IReadOnlyList<Fragment> Cut(DateTimeOffset from, DateTimeOffset to)
    {
        List<Fragment> all;
        lock (gate)
            all = [.. fragments.Where(f => f.Begins <= to)];
        var first = all.FindIndex(f => f.Arrived > from);
        // Where nothing has arrived since, the last fragment is used.
        first = first >= 0 ? first : all.Count - 1;
        while (first > 0 && !all[first].Key && all[first - 1].Epoch == all[first].Epoch)
            first--;
        var cut = new List<Fragment>();
        foreach (var fragment in all.Skip(first))
        {
            if (fragment.Key || (cut.Count > 0 && cut[^1].Epoch == fragment.Epoch))
                cut.Add(fragment);
        }

        return cut;
    }

    /// <summary>The newest fragment of the newest connection that begins with a key frame.</summary>
    public Fragment? NewestKey()
    {
        lock (gate)
            return fragments.LastOrDefault(f => f.Key && f.Epoch == fragments.Last!.Value.Epoch);
    }

    /// <summary>
    /// Returns one fragment and waits where it is the next to arrive; null where it is no longer retained or belongs to another connection.
    /// </summary>
    public async Task<Fragment?> WaitForAsync(long epoch, long number, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (closed || fragments.Last?.Value is not { } last || last.Epoch.Number != epoch || number > last.Number + 1)
                    return null;
                if (number <= last.Number)
                    return fragments.FirstOrDefault(f => f.Epoch.Number == epoch && f.Number == number);
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    /// <summary>
    /// Streams each fragment once, from the newest key frame on, until the ring is closed. A reader that falls behind continues at the
    /// newest key frame.
    /// </summary>
    public IAsyncEnumerable<Fragment> FollowAsync(CancellationToken stop) => FollowAsync(null, stop);

    /// <summary>Streams fragments to a reader that continues after an interruption.</summary>
    /// <param name="after">Sequence number of the last fragment that the reader has; null where it has none.</param>
    public async IAsyncEnumerable<Fragment> FollowAsync(long? after, [EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            Task more;
            List<Fragment> fresh;
            lock (gate)
            {
                if (closed)
                    yield break;
                more = arrived.Task;
                fresh = After(after);
            }

            foreach (var fragment in fresh)
            {
                stop.ThrowIfCancellationRequested();
                yield return fragment;
                after = fragment.Number;
            }

            // Every iteration waits for an arrival, so that no defect in After can cause a busy loop.
            stop.ThrowIfCancellationRequested();
            await more.WaitAsync(stop);
        }
    }

    private void DropFirst(LinkedListNode<Fragment> first)
    {
        bytes -= first.Value.Bytes.Length;
        budget.Drop(first.Value.Bytes.Length);
        fragments.RemoveFirst();
    }

    private List<Fragment> After(long? number)
    {
        if (number is { } last && fragments.First is { } oldest && oldest.Value.Number <= last + 1)
            return [.. fragments.Where(f => f.Number > last)];
        return NewestKey() is { } key && !(key.Number <= number) ? [.. fragments.Where(f => f.Number >= key.Number)] : [];
    }

    // Some cameras send key frames only every 20 to 60 s: without the key frame that a fragment depends on, it cannot be shown, and a
    // finding would have no clip.
    private bool IsNeeded(LinkedListNode<Fragment> first, DateTimeOffset oldest)
    {
        if (!first.Value.Key || first.Value.Epoch != fragments.Last!.Value.Epoch || oldest - first.Value.Arrived > LongestGroup)
            return false;
        for (var next = first.Next; next is not null && next.Value.Arrived < oldest; next = next.Next)
        {
            if (next.Value.Key)
                return false;
        }

        return true;
    }
}
