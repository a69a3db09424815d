namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>
/// Records the arrival times of a stream's RTP packets and detects key frames in them. One writer thread, any number of readers.
/// </summary>
internal sealed class KeyFrames(string codec, TimeProvider time)
{
    private const int Header = 12;
    private static readonly TimeSpan OneFrame = TimeSpan.FromMilliseconds(100);
    private long packetAt = -1,
        firstKeyAt = -1,
        keyAt = -1,
        intervalTicks;

    /// <summary>Time since the last packet; null before the first.</summary>
    public TimeSpan? SincePacket => Volatile.Read(ref packetAt) is >= 0 and var at ? time.GetElapsedTime(at) : null;

    /// <summary>Whether key frames can be detected in this codec's packets.</summary>
    public bool AreKnown => codec is "H264" or "H265";

    /// <summary>Time since the first key frame; null before it.</summary>
    public TimeSpan? SinceFirst => Volatile.Read(ref firstKeyAt) is >= 0 and var at ? time.GetElapsedTime(at) : null;

    /// <summary>Time between the last two key frames; null before the second.</summary>
    public TimeSpan? Interval => Volatile.Read(ref intervalTicks) is > 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    public void Packet(ReadOnlySpan<byte> rtp)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref packetAt, now);
        if (!BeginsKeyFrame(rtp, codec))
            return;
        var since = keyAt < 0 ? TimeSpan.Zero : time.GetElapsedTime(keyAt, now);
        if (since > OneFrame)
            Volatile.Write(ref intervalTicks, since.Ticks);
        keyAt = now;
        if (firstKeyAt < 0)
            Volatile.Write(ref firstKeyAt, now);
    }

    internal static bool BeginsKeyFrame(ReadOnlySpan<byte> rtp, string codec)
    {
        if (rtp.Length < Header)
            return false;
        var at = Header + ((rtp[0] & 0x0f) * 4);
        if ((rtp[0] & 0x10) != 0)
        {
            if (rtp.Length < at + 4)
                return false;
            at += 4 + (((rtp[at + 2] << 8) | rtp[at + 3]) * 4);
        }

        if (rtp.Length < at + 4)
            return false;
        var payload = rtp[at..];
        return codec switch
        {
            "H264" => (payload[0] & 0x1f) switch
            {
                5 => true,
                // STAP-A: several NAL units in one packet. FU-A (28): first fragment of one.
                24 => (payload[3] & 0x1f) is 5 or 7,
                28 => (payload[1] & 0x80) != 0 && (payload[1] & 0x1f) == 5,
                _ => false,
            },
            "H265" => ((payload[0] >> 1) & 0x3f) switch
            {
                >= 16 and <= 21 => true,
                48 => payload.Length > 4 && ((payload[4] >> 1) & 0x3f) is (>= 16 and <= 21) or 32 or 33,
                49 => (payload[2] & 0x80) != 0 && (payload[2] & 0x3f) is >= 16 and <= 21,
                _ => false,
            },
            _ => false,
        };
    }
}
