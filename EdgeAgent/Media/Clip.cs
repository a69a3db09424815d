using System.Buffers.Binary;

namespace BrightKitchen.EdgeAgent.Media;

/// <summary>
/// Joins fragments into an MP4 that plays without further processing: samples stay unchanged, only decode times and sequence numbers are
/// rewritten.
/// </summary>
internal static class Clip
{
    /// <summary>
    /// Extends a clip with newer fragments. A file has one set of codec parameters: where connections differ in theirs, the result contains
    /// the fragments that fit the clip so far or, for an empty clip, the group that covers most of the span.
    /// </summary>
    /// <param name="clip">The clip so far; the result contains all of it.</param>
    /// <param name="more">As returned by <see cref="FragmentRing.Cut"/>; may overlap with <paramref name="clip"/>.</param>
    /// <returns>The fragments in order of arrival.</returns>
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

    /// <summary>
    /// Decode time of each fragment within the clip, in ticks of its timescale. Gaps between two connections are preserved.
    /// </summary>
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

            // The clock of a new connection restarts at zero: the arrival times give the length of the gap.
            var gap = Math.Max(0, (fragment.Begins - before.Arrived).TotalSeconds);
            starts[i] = starts[i - 1] + before.Length + (ulong)(gap * fragment.Epoch.Timescale);
        }

        return starts;
    }

    /// <param name="fragments">From connections whose epochs fit each other.</param>
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
