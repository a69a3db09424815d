namespace BrightKitchen.CentralServer.Storage;

/// <summary>Stores objects as files in a folder of this machine.</summary>
internal sealed class DiskStore(string folder) : IObjectStore
{
    public Task StoreAsync(string file, string key, CancellationToken cancel)
    {
        var path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(file, path, overwrite: true);
        return Task.CompletedTask;
    }

    public Task<long?> LengthAsync(string key, CancellationToken cancel) =>
        Task.FromResult<long?>(new FileInfo(PathOf(key)) is { Exists: true } file ? file.Length : null);

    public Task<DateTimeOffset?> StoredAtAsync(string key, CancellationToken cancel) =>
        Task.FromResult<DateTimeOffset?>(
            new FileInfo(PathOf(key)) is { Exists: true } file ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero) : null
        );

    public Task<FileStream?> OpenAsync(string key, CancellationToken cancel)
    {
        try
        {
            return Task.FromResult<FileStream?>(
                new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, useAsync: true)
            );
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<FileStream?>(null);
        }
    }

    public Task RemoveAsync(string key, CancellationToken cancel)
    {
        // Checked first, because deleting in a folder that does not exist throws.
        if (File.Exists(PathOf(key)))
            File.Delete(PathOf(key));
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<string> KeysAsync(string below, CancellationToken cancel) =>
        (Directory.Exists(PathOf(below)) ? Directory.EnumerateFiles(PathOf(below), "*", SearchOption.AllDirectories) : [])
            .Select(f => Path.GetRelativePath(folder, f))
            .ToAsyncEnumerable();

    // Keys are built from ids and digests; one that leads out of the folder is a programming error.
    private string PathOf(string key) =>
        Path.GetFullPath(key, Path.GetFullPath(folder)) is var path
        && path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new ArgumentException($"'{key}' is not a valid key.", nameof(key));
}
