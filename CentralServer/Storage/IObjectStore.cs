namespace BrightKitchen.CentralServer.Storage;

/// <summary>Stores whole, immutable files under a key such as <c>evidence/3f/0199….mp4</c>.</summary>
internal interface IObjectStore
{
    /// <summary>
    /// Stores a local file, already synced to disk, and removes it from its place. Storing a key again keeps one of the files.
    /// </summary>
    Task StoreAsync(string file, string key, CancellationToken cancel);

    /// <summary>Size in bytes; null if there is no such object.</summary>
    Task<long?> LengthAsync(string key, CancellationToken cancel);

    /// <summary>When it was last stored; null if there is no such object.</summary>
    Task<DateTimeOffset?> StoredAtAsync(string key, CancellationToken cancel);

    /// <summary>Opens a local file for reading; null if there is no such object. It stays readable until it is closed.</summary>
    Task<FileStream?> OpenAsync(string key, CancellationToken cancel);

    /// <summary>Removes an object; does nothing if there is none.</summary>
    Task RemoveAsync(string key, CancellationToken cancel);

    /// <summary>All keys below a folder such as <c>evidence</c>.</summary>
    IAsyncEnumerable<string> KeysAsync(string below, CancellationToken cancel);
}
