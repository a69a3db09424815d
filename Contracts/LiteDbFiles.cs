namespace BrightKitchen.Contracts;

/// <summary>
/// The two files of a LiteDB database, as streams that do not throw when the disk refuses a write. LiteDB writes its log on its own thread,
/// and an exception there can deadlock it. Here the first refused write is recorded and later writes are dropped, so that the files stay as
/// a power loss at that moment would leave them; the caller checks <see cref="Fault"/> after a change. The log is synced once, before its
/// pages are written to the database, and not with each page: a change is on disk after a checkpoint.
/// </summary>
public sealed class LiteDbFiles : IDisposable
{
    private readonly FileStream data;
    private readonly FileStream? log;
    private readonly string? logPath;
    private volatile IOException? fault;
    private volatile bool isLogAhead;
    private bool disposed;

    private LiteDbFiles(FileStream data, FileStream? log, string? logPath)
    {
        (this.data, this.log, this.logPath) = (data, log, logPath);
        Data = new FailStopStream(this, data, isLog: false);
        Log = log is null ? new MemoryStream() : new FailStopStream(this, log, isLog: true);
    }

    /// <summary>The database, for LiteDB's <c>DataStream</c>.</summary>
    public Stream Data { get; }

    /// <summary>The log, for LiteDB's <c>LogStream</c>.</summary>
    public Stream Log { get; }

    /// <summary>The first write that the disk refused; null while all succeeded.</summary>
    public IOException? Fault => fault;

    /// <summary>Opens or creates both files, exclusively for one process.</summary>
    /// <exception cref="IOException">The disk refuses, or another process has the files open.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is not writable.</exception>
    public static LiteDbFiles Open(string database)
    {
        var (path, logPath) = (Path.GetFullPath(database), LiteDbLog.Of(Path.GetFullPath(database)));
        var data = new FileStream(
            path,
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.Read,
            bufferSize: 0,
            FileOptions.RandomAccess
        );
        try
        {
            // The log is opened without sharing, which keeps a second process out.
            return new(data, new(logPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0), logPath);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>Opens a database that was set aside. Read-only: LiteDB's writes are dropped.</summary>
    /// <param name="log">Path of its log; null to ignore the log.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static LiteDbFiles OpenToRead(string database, string? log)
    {
        FileStream ToRead(string path) =>
            new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.RandomAccess);
        var data = ToRead(database);
        try
        {
            return new(data, log is null ? null : ToRead(log), null) { fault = new IOException($"'{database}' is read-only.") };
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">The disk refused a write since the files were opened; all later writes were dropped.</exception>
    public void ThrowIfFailed()
    {
        if (fault is { } refused)
            throw new IOException(refused.Message, refused);
    }

    /// <summary>Closes both files; deletes an empty log.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        var isEmpty = fault is null && log is { Length: 0 };
        data.Dispose();
        log?.Dispose();
        if (!isEmpty)
            return;
        try
        {
            File.Delete(logPath!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The log is empty and is reused.
        }
    }

    // Torn pages of the database can be repaired only from a log that is on disk.
    private void SyncLog()
    {
        if (!isLogAhead)
            return;
        isLogAhead = false;
        log?.Flush(flushToDisk: true);
    }

    private void Guarded(Action write)
    {
        if (fault is not null)
            return;
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = e as IOException ?? new IOException(e.Message, e);
        }
    }

    private sealed class FailStopStream(LiteDbFiles files, FileStream file, bool isLog) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => file.Length;

        public override long Position
        {
            get => file.Position;
            set => file.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

        public override void Write(byte[] buffer, int offset, int count)
        {
            // The position advances even when the write is dropped, as LiteDB expects.
            var end = file.Position + count;
            files.Guarded(() =>
            {
                if (isLog)
                    files.isLogAhead = true;
                else
                    files.SyncLog();
                file.Write(buffer, offset, count);
            });
            file.Position = end;
        }

        public override void SetLength(long value) => files.Guarded(() => file.SetLength(value));

        public override void Flush()
        {
            if (!isLog)
                files.Guarded(() => file.Flush(flushToDisk: true));
        }
    }
}
