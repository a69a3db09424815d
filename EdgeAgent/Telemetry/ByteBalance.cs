namespace BrightKitchen.EdgeAgent.Telemetry;

/// <summary>
/// Holds one camera's recording to what its stream gave: the bytes that may still be recorded are those that came of late and were not
/// taken yet. It counts apart from the ring and the recorder, so that a fault in either shows here. Thread-safe.
/// </summary>
internal sealed class ByteBalance(TimeProvider time)
{
    // At least as much as a ring holds of a camera with rare key frames, all of which may be recorded at once; two of these allow nothing
    // of what was skipped hours ago.
    private static readonly TimeSpan Stretch = TimeSpan.FromSeconds(150);
    private readonly Lock gate = new();
    private long began = time.GetTimestamp();
    private long before;
    private long now;
    private long due;

    /// <summary>Bytes that came of the camera's stream.</summary>
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

    /// <summary>Whether these bytes came and were not taken before.</summary>
    public bool Allows(long bytes)
    {
        lock (gate)
            return bytes <= due;
    }

    /// <summary>The recorder has taken these bytes: written or passed over.</summary>
    public void Taken(long bytes)
    {
        lock (gate)
            due = Math.Max(0, due - bytes);
    }

    /// <summary>Nothing that came until now may be taken any more.</summary>
    public void Settle()
    {
        lock (gate)
            due = 0;
    }
}
