using System.Buffers.Binary;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Joins fragments into a file that plays by itself: no sample is touched, only the decode times begin at zero.</summary>
internal static class Clip
{
    /// <returns>The MP4; empty where there are no fragments.</returns>
    public static byte[] Join(IReadOnlyList<Fragment> fragments)
    {
        if (fragments.Count == 0)
            return [];
        var init = fragments[0].Epoch.Init;
        var clip = new byte[init.Length + fragments.Sum(f => f.Lead.Length + f.Bytes.Length)];
        init.CopyTo(clip, 0);
        var at = init.Length;
        foreach (var fragment in fragments)
        {
            fragment.Lead.CopyTo(clip, at);
            at += fragment.Lead.Length;
            var copy = clip.AsSpan(at, fragment.Bytes.Length);
            fragment.Bytes.CopyTo(copy);
            var (offset, wide) = Mp4.DecodeTime(copy);
            var start = fragment.Start - fragments[0].Start;
            if (wide)
                BinaryPrimitives.WriteUInt64BigEndian(copy[offset..], start);
            else
                BinaryPrimitives.WriteUInt32BigEndian(copy[offset..], (uint)start);
            at += copy.Length;
        }

        return clip;
    }
}
