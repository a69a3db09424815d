namespace BrightKitchen.EdgeAgent.Media;

/// <summary>
/// Memory budget shared by the rings of all cameras: while the total exceeds it, every ring above its equal share drops its oldest
/// fragments. Thread-safe.
/// </summary>
/// <param name="most">Budget in bytes for all rings together.</param>
internal sealed class RingBudget(long most)
{
    // The remaining memory is for decoded pictures, models and the runtime.
    private const int PartOfMemory = 6;
    private long bytes;
    private int rings;

    /// <summary>A budget of one sixth of the memory available to this process.</summary>
    public static RingBudget OfThisMachine() => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartOfMemory);

    /// <summary>Bytes held by all rings.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public void Join() => Interlocked.Increment(ref rings);

    /// <param name="held">Bytes that the ring still holds.</param>
    public void Leave(long held)
    {
        Interlocked.Decrement(ref rings);
        Interlocked.Add(ref bytes, -held);
    }

    public void Hold(long more) => Interlocked.Add(ref bytes, more);

    public void Drop(long less) => Interlocked.Add(ref bytes, -less);

    /// <summary>Whether a ring that holds <paramref name="held"/> bytes must drop some.</summary>
    public bool IsTooMuch(long held) => Bytes > most && held > most / Math.Max(1, Volatile.Read(ref rings));
}
