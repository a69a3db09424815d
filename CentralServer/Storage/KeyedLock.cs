namespace BrightKitchen.CentralServer.Storage;

/// <summary>Mutual exclusion per key. A key without holder or waiter uses no memory.</summary>
internal sealed class KeyedLock
{
    private readonly Dictionary<string, Gate> gates = [];

    /// <summary>Number of keys that are held or waited for.</summary>
    public int Count
    {
        get
        {
            lock (gates)
                return gates.Count;
        }
    }

    /// <summary>Acquires the key; disposing of the result releases it.</summary>
    public async Task<IDisposable> EnterAsync(string key, CancellationToken cancel)
    {
        Gate gate;
        lock (gates)
        {
            gate = gates.TryGetValue(key, out var known) ? known : gates[key] = new(this, key);
            gate.Users++;
        }

        try
        {
            await gate.Semaphore.WaitAsync(cancel);
            return gate;
        }
        catch
        {
            Leave(gate);
            throw;
        }
    }

    private void Leave(Gate gate)
    {
        lock (gates)
        {
            if (--gate.Users > 0)
                return;
            gates.Remove(gate.Key);
            gate.Semaphore.Dispose();
        }
    }

    private sealed class Gate(KeyedLock owner, string key) : IDisposable
    {
        public string Key { get; } = key;

        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }

        public void Dispose()
        {
            Semaphore.Release();
            owner.Leave(this);
        }
    }
}
