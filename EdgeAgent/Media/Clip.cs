using System.Buffers.Binary;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>
/// Joins fragments into a file that plays without further processing: no sample is changed, only decode times and sequence numbers.
/// </summary>
internal static class Clip
{
    /// <summary>
    /// Adds what came since to a clip. One file has one set of codec parameters: of connections whose parameters differ it holds
    /// those that fit what the clip has, or, where it has nothing yet, those that cover most of the span.
    /// </summary>
    /// <param name="clip">The clip so far; all of it is in the result.</param>
    /// <param name="more">As <see cref="FragmentRing.Cut"/> gives it; may overlap with the clip.</param>
    /// <returns>In order of arrival.</returns>
    public static IReadOnlyList<Fragment> Extend(
        IReadOnlyList<Fragment> clip,
        IReadOnlyList<Fragment> more,
        DateTimeOffset from,
        DateTimeOffset to
    )
    {
        var known = clip.Select(f => (f.Epoch.Number, f.Number)).ToHashSet();
        var runs = new List<List<Fragment>>();
        if (clip.Count > 0)
            runs.Add([.. clip]);
        foreach (var fragment in more.Where(f => !known.Contains((f.Epoch.Number, f.Number))))
        {
            if (runs.Find(r => r[0].Epoch.Fits(fragment.Epoch)) is { } run)
                run.Add(fragment);
            else
                runs.Add([fragment]);
        }

        var chosen = clip.Count > 0 ? runs[0] : runs.MaxBy(r => r.Sum(f => Overlap(f, from, to).Ticks));
        return chosen is null ? [] : [.. chosen.OrderBy(f => f.Arrived)];
    }

    /// <summary>When each fragment begins in the clip, in ticks of its timescale. The time between two connections stays.</summary>
    public static IReadOnlyList<ulong> Starts(IReadOnlyList<Fragment> fragments)
    {
        var starts = new ulong[fragments.Count];
        for (var i = 1; i < starts.Length; i++)
        {
            var (before, fragment) = (fragments[i - 1], fragments[i]);
            if (fragment.Epoch == before.Epoch && fragment.Start >= before.Start)
            {
                starts[i] = starts[i - 1] + (fragment.Start - before.Start);
                continue;
            }

            // Another connection's clock begins again at zero: arrival says for how long nothing came.
            var gap = Math.Max(0, (fragment.Begins - before.Arrived).TotalSeconds);
            starts[i] = starts[i - 1] + before.Length + (ulong)(gap * fragment.Epoch.Timescale);
        }

        return starts;
    }

    /// <param name="fragments">Of connections that fit each other.</param>
    /// <returns>The MP4; empty where there are no fragments.</returns>
    public static byte[] Join(IReadOnlyList<Fragment> fragments)
    {
        if (fragments.Count == 0)
            return [];
        var init = fragments[0].Epoch.Init;
        var starts = Starts(fragments);
        var clip = new byte[init.Length + fragments.Sum(f => f.Lead.Length + f.Bytes.Length)];
        init.CopyTo(clip, 0);
        var at = init.Length;
        for (var i = 0; i < fragments.Count; i++)
        {
            var fragment = fragments[i];
            fragment.Lead.CopyTo(clip, at);
            at += fragment.Lead.Length;
            var copy = clip.AsSpan(at, fragment.Bytes.Length);
            fragment.Bytes.CopyTo(copy);
            var (offset, wide) = Mp4.DecodeTime(copy);
            if (wide)
                BinaryPrimitives.WriteUInt64BigEndian(copy[offset..], starts[i]);
            else
                BinaryPrimitives.WriteUInt32BigEndian(copy[offset..], (uint)starts[i]);
            Mp4.Number(copy, (uint)i + 1);
            at += copy.Length;
        }

        return clip;
    }

    private static TimeSpan Overlap(Fragment fragment, DateTimeOffset from, DateTimeOffset to)
    {
        var (begins, ends) = (fragment.Begins > from ? fragment.Begins : from, fragment.Arrived < to ? fragment.Arrived : to);
        return ends > begins ? ends - begins : TimeSpan.Zero;
    }
}
