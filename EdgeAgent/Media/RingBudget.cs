namespace BrightKitchen.EdgeAgent.Media;

/// <summary>
/// The memory that the rings of all cameras share: a ring that holds more than its part gives up its oldest while all together hold too
/// much. Thread-safe.
/// </summary>
/// <param name="most">Bytes for all of them.</param>
internal sealed class RingBudget(long most)
{
    // Decoded pictures, models and the runtime want the rest.
    private const int PartOfMemory = 6;
    private long bytes;
    private int rings;

    /// <summary>A sixth of what this process may use.</summary>
    public static RingBudget OfThisMachine() => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartOfMemory);

    /// <summary>Bytes that all rings hold.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public void Join() => Interlocked.Increment(ref rings);

    /// <param name="held">What the ring holds at its end.</param>
    public void Leave(long held)
    {
        Interlocked.Decrement(ref rings);
        Interlocked.Add(ref bytes, -held);
    }

    public void Hold(long more) => Interlocked.Add(ref bytes, more);

    public void Drop(long less) => Interlocked.Add(ref bytes, -less);

    /// <summary>Whether a ring that holds so much must give up some.</summary>
    public bool IsTooMuch(long held) => Bytes > most && held > most / Math.Max(1, Volatile.Read(ref rings));
}
