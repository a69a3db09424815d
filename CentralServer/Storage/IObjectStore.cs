namespace BrightKitchen.CentralServer.Storage;

/// <summary>Keeps whole files that never change, by a key such as <c>evidence/3f/0199….mp4</c>.</summary>
internal interface IObjectStore
{
    /// <summary>Takes a synced local file over; it is gone from its place after. The same key twice keeps one of them.</summary>
    Task KeepAsync(string file, string key, CancellationToken cancel);

    /// <summary>Bytes; null where there is none.</summary>
    Task<long?> LengthAsync(string key, CancellationToken cancel);

    /// <summary>When it was taken over, the last time; null where there is none.</summary>
    Task<DateTimeOffset?> KeptAtAsync(string key, CancellationToken cancel);

    /// <summary>A local file to read; null where there is none. It stays readable while it is open.</summary>
    Task<FileStream?> OpenAsync(string key, CancellationToken cancel);

    /// <summary>Removes a file; nothing where there is none.</summary>
    Task RemoveAsync(string key, CancellationToken cancel);

    /// <summary>Every key below a folder, such as <c>evidence</c>.</summary>
    IAsyncEnumerable<string> KeysAsync(string below, CancellationToken cancel);
}
