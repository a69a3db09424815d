using System.Runtime.CompilerServices;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>
/// The newest fragments of one camera, in memory. It numbers them: a number never restarts while the process runs, whatever the connections
/// do, so that "what follows this one" has one answer. Thread-safe.
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

    /// <param name="kept">How far back it reaches.</param>
    /// <param name="budget">What it shares with others; none where null.</param>
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

    /// <summary>Adds the newest fragment and gives it the next number.</summary>
    public void Add(Fragment fragment)
    {
        TaskCompletionSource told;
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
            // Oldest first: what a finding needs of the newest key frame on goes last, and the newest fragment never.
            while (fragments is { Count: > 1, First: { } first } && budget.IsTooMuch(bytes))
                DropFirst(first);

            (told, arrived) = (arrived, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.TrySetResult();
    }

    /// <summary>The camera is gone: its fragments are let go, and whoever follows comes to an end.</summary>
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
    /// The fragments of a span, of all connections within it. Each connection's begin with a key frame, the first one's at or before
    /// <paramref name="from"/> where it has one there.
    /// </summary>
    public IReadOnlyList<Fragment> Cut(DateTimeOffset from, DateTimeOffset to)
    {
        List<Fragment> all;
        lock (gate)
            all = [.. fragments.Where(f => f.Begins <= to)];
        var first = all.FindIndex(f => f.Arrived > from);
        // Where nothing came since, the last that came is what there is.
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

    /// <summary>One fragment, waited for where it is the next to come; null where it is gone or of another connection.</summary>
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
    /// From the newest key frame on, as they come, each once, until the ring is closed. A reader that falls behind continues at the newest
    /// key frame.
    /// </summary>
    public IAsyncEnumerable<Fragment> FollowAsync(CancellationToken stop) => FollowAsync(null, stop);

    /// <summary>The same for a reader that continues.</summary>
    /// <param name="after">The number of the last fragment that the reader has; null where it has none.</param>
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

            // Each turn waits for an arrival, so that no fault in what is fresh can make a loop of it.
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

    // Cameras with rare key frames (20 to 60 s): without the one that a fragment depends on nothing of it can be shown, and a finding would
    // have no clip.
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
