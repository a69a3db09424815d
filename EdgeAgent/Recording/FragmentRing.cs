using System.Runtime.CompilerServices;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>The newest fragments of one camera, in memory; thread-safe.</summary>
/// <param name="kept">How far back it reaches.</param>
internal sealed class FragmentRing(TimeSpan kept, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Fragment> fragments = new();
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Fragment? Newest
    {
        get
        {
            lock (gate)
                return fragments.Last?.Value;
        }
    }

    public void Add(Fragment fragment)
    {
        TaskCompletionSource told;
        lock (gate)
        {
            fragments.AddLast(fragment);
            var oldest = time.GetUtcNow() - kept;
            while (fragments.First is { } first && first.Value.Arrived < oldest)
                fragments.RemoveFirst();
            (told, arrived) = (arrived, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.SetResult();
    }

    /// <summary>What a clip of this stretch is made of: whole fragments of one epoch, beginning with a key frame at or before <paramref name="from"/>.</summary>
    public IReadOnlyList<Fragment> Cut(DateTimeOffset from, DateTimeOffset to)
    {
        lock (gate)
        {
            var inside = fragments.Where(f => f.Begins <= to).ToList();
            if (inside.Count == 0)
                return [];
            inside.RemoveAll(f => f.Epoch != inside[^1].Epoch);
            var first = inside.FindLastIndex(f => f.Key && f.Begins <= from);
            first = first >= 0 ? first : inside.FindIndex(f => f.Key);
            return first < 0 ? [] : inside[first..];
        }
    }

    /// <summary>The newest fragment that begins with a key frame.</summary>
    public Fragment? NewestKey()
    {
        lock (gate)
            return fragments.LastOrDefault(f => f.Key && f.Epoch == fragments.Last!.Value.Epoch);
    }

    /// <summary>One fragment, waited for where it is the next to come; null where it is gone or of another epoch.</summary>
    public async Task<Fragment?> WaitForAsync(long epoch, long number, CancellationToken stop)
    {
        while (true)
        {
            Task more;
            lock (gate)
            {
                if (fragments.Last?.Value is not { } last || last.Epoch.Number != epoch || number > last.Number + 1)
                    return null;
                if (number <= last.Number)
                    return fragments.FirstOrDefault(f => f.Epoch.Number == epoch && f.Number == number);
                more = arrived.Task;
            }

            await more.WaitAsync(stop);
        }
    }

    /// <summary>From the newest key frame on, as they come. A reader that falls behind goes on at the newest key frame.</summary>
    public async IAsyncEnumerable<Fragment> FollowAsync([EnumeratorCancellation] CancellationToken stop)
    {
        Fragment? last = null;
        while (true)
        {
            Task more;
            List<Fragment> fresh;
            lock (gate)
            {
                more = arrived.Task;
                var key = fragments.LastOrDefault(f => f.Key && f.Epoch == fragments.Last!.Value.Epoch);
                fresh = last is not null && fragments.Last?.Value.Epoch == last.Epoch && fragments.First!.Value.Number <= last.Number + 1
                    ? [.. fragments.Where(f => f.Epoch == last.Epoch && f.Number > last.Number)]
                    : key is null ? [] : [.. fragments.Where(f => f.Epoch == key.Epoch && f.Number >= key.Number)];
            }

            foreach (var fragment in fresh)
            {
                yield return fragment;
                last = fragment;
            }

            if (fresh.Count == 0)
                await more.WaitAsync(stop);
        }
    }
}
