namespace BrightKitchen.EdgeAgent.Telemetry;

/// <summary>
/// Limits one camera's recording to what its stream delivered: the bytes that may still be recorded are those that were received recently
/// and not taken yet. It counts independently of the ring and the recorder, so that a defect in either becomes visible here. Thread-safe.
/// </summary>
internal sealed class ByteBalance(TimeProvider time)
{
    // At least the span that a ring holds for a camera with rare key frames, all of which may be recorded at once. The balance covers the
    // current and the previous interval, so that bytes skipped hours ago allow nothing.
    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(150);
    private readonly Lock gate = new();
    private long began = time.GetTimestamp();
    private long before;
    private long now;
    private long due;

    /// <summary>Adds bytes received from the camera's stream.</summary>
    public void Received(long bytes)
    {
        lock (gate)
        {
            if (time.GetElapsedTime(began) > Stretch)
                (began, before, now) = (time.GetTimestamp(), now, 0);
            now += bytes;
            due = Math.Min(due + bytes, before + now);
        }
    }

    /// <summary>Whether this many bytes were received and not taken yet.</summary>
    public bool Allows(long bytes)
    {
        lock (gate)
            return bytes <= due;
    }

    /// <summary>Subtracts bytes that the recorder has written or skipped.</summary>
    public void Taken(long bytes)
    {
        lock (gate)
            due = Math.Max(0, due - bytes);
    }

    /// <summary>Sets the balance to zero: nothing received so far may be taken any more.</summary>
    public void Settle()
    {
        lock (gate)
            due = 0;
    }
}
