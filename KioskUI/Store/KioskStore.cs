using System.Security.Cryptography;
using BrightKitchen.Contracts;
using LiteDB;
using JsonSerializer = System.Text.Json.JsonSerializer;

namespace BrightKitchen.KioskUI.Store;

/// <summary>An entry and what became of it.</summary>
/// <param name="Settled">Whether the server has it, or refused it.</param>
/// <param name="Fault">Why the server refused it.</param>
internal sealed record KeptEntry(KioskEntry Entry, bool Settled, string? Fault);

/// <summary>
/// What staff entered and what the server told last, in one LiteDB file. An entry is on disk before anybody is told that it was kept, and stays until the server has it; a second copy lies
/// beside in a file of its own until then, so that a damaged database loses nothing. Thread-safe.
/// </summary>
internal sealed partial class KioskStore : IDisposable
{
    private const string Site_ = "site", Locks = "locks";
    private readonly Lock gate = new();
    private readonly string path, waiting;
    private readonly ILogger logger;
    private LiteDatabase? database;

    /// <exception cref="IOException">The folder cannot be written.</exception>
    public KioskStore(string folder, ILogger<KioskStore> logger)
    {
        this.logger = logger;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (path, waiting) = (Path.Combine(folder, "kiosk.db"), Directory.CreateDirectory(Path.Combine(folder, "waiting")).FullName);
        lock (gate)
            _ = Database;
        Recover();
    }

    /// <summary>What the server told last; null where it never did.</summary>
    public KioskSite? Site => Read<KioskSite>(Site_);

    /// <summary>Keeps what the server told.</summary>
    public void Told(KioskSite site)
    {
        var text = JsonSerializer.Serialize(site);
        lock (gate)
        {
            if (Database.GetCollection<TextDocument>("texts").FindById(Site_)?.Text == text)
                return;
        }

        Write(Site_, text);
    }

    /// <summary>The kiosk was revoked: what it knew of people goes; what waits for the server stays.</summary>
    public void Forget()
    {
        Change(db => db.GetCollection<TextDocument>("texts").Delete(Site_));
    }

    /// <summary>Wrong tries and until when nothing is tried, kept over restarts.</summary>
    public (int Fails, DateTimeOffset Until) Lock
    {
        get => Read<LockState>(Locks) is { } state ? (state.Fails, DateTimeOffset.FromUnixTimeMilliseconds(state.UntilMs)) : (0, DateTimeOffset.UnixEpoch);
        set => Write(Locks, JsonSerializer.Serialize(new LockState(value.Fails, value.Until.ToUnixTimeMilliseconds())));
    }

    /// <summary>Keeps an entry; it is on disk when this returns.</summary>
    /// <exception cref="IOException">The disk does not take it; nothing of it is kept.</exception>
    public void Enter(KioskEntry entry, byte[]? picture)
    {
        var copy = Path.Combine(waiting, entry.Id);
        try
        {
            if (picture is not null)
                PrivateFile.Write(copy + ".jpg", picture);
            PrivateFile.Write(copy + ".json", JsonSerializer.SerializeToUtf8Bytes(entry));
            Insert(entry, picture);
        }
        catch
        {
            // Whoever is told that it was not kept enters it again.
            DeleteCopy(entry.Id);
            throw;
        }
    }

    /// <summary>What the server has not, in the order of entering.</summary>
    public IReadOnlyList<KioskEntry> Waiting(int most)
    {
        lock (gate)
            return [.. Entries.Query().Where(e => e.SettledAtMs == null).OrderBy(e => e.Number).Limit(most).ToEnumerable().Select(e => JsonSerializer.Deserialize<KioskEntry>(e.Entry)!)];
    }

    public int WaitingCount
    {
        get
        {
            lock (gate)
                return Entries.Count(e => e.SettledAtMs == null);
        }
    }

    /// <summary>Entries since, the newest first.</summary>
    public IReadOnlyList<KeptEntry> Since(DateTimeOffset from)
    {
        var ms = from.ToUnixTimeMilliseconds();
        lock (gate)
            return [.. Entries.Query().Where(e => e.AtMs >= ms).OrderByDescending(e => e.Number).ToEnumerable().Select(e => new KeptEntry(JsonSerializer.Deserialize<KioskEntry>(e.Entry)!, e.SettledAtMs is not null, e.Fault))];
    }

    /// <summary>A picture that belongs to an entry.</summary>
    public byte[]? Picture(string digest)
    {
        lock (gate)
            return Database.GetCollection<PictureDocument>("pictures").FindById(digest)?.Bytes;
    }

    /// <summary>The server has it, or will never take it.</summary>
    /// <param name="fault">Why it was refused; null where it was taken.</param>
    public void Settle(KioskEntry entry, string? fault, DateTimeOffset now)
    {
        Change(db =>
        {
            var entries = db.GetCollection<EntryDocument>("entries");
            if (entries.FindById(entry.Id) is not { SettledAtMs: null } document)
                return;
            (document.SettledAtMs, document.Fault) = (now.ToUnixTimeMilliseconds(), fault);
            entries.Update(document);
            if (entry.Picture is { } digest && fault is null)
                db.GetCollection<PictureDocument>("pictures").Delete(digest);
        });
        DeleteCopy(entry.Id);
    }

    /// <summary>Deletes what was settled before: the server keeps it.</summary>
    public void Prune(DateTimeOffset before)
    {
        var ms = before.ToUnixTimeMilliseconds();
        Change(db => db.GetCollection<EntryDocument>("entries").DeleteMany(e => e.SettledAtMs != null && e.SettledAtMs < ms && e.Fault == null));
    }

    public void Dispose()
    {
        lock (gate)
            database?.Dispose();
    }

    // Opened anew after a write that failed: then LiteDB closes its engine.
    private LiteDatabase Database => database ??= OpenOrBeginAnew();

    private ILiteCollection<EntryDocument> Entries => Database.GetCollection<EntryDocument>("entries");

    private void Insert(KioskEntry entry, byte[]? picture) => Change(db =>
    {
        var entries = db.GetCollection<EntryDocument>("entries");
        if (entries.FindById(entry.Id) is not null)
            return;
        if (picture is not null)
            db.GetCollection<PictureDocument>("pictures").Upsert(new PictureDocument { Id = entry.Picture!, Bytes = picture });
        var last = entries.Query().OrderByDescending(e => e.Number).Limit(1).FirstOrDefault()?.Number ?? 0;
        entries.Insert(new EntryDocument { Id = entry.Id, Number = last + 1, AtMs = entry.At.ToUnixTimeMilliseconds(), Entry = JsonSerializer.Serialize(entry) });
    });

    // What a crash left beside, and what a damaged database had: entered again under the same id, by which the server knows it.
    private void Recover()
    {
        foreach (var file in Directory.EnumerateFiles(waiting, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                var entry = JsonSerializer.Deserialize<KioskEntry>(File.ReadAllBytes(file))!;
                var picture = entry.Picture is null ? null : File.ReadAllBytes(Path.ChangeExtension(file, ".jpg"));
                if (picture is null || Convert.ToHexStringLower(SHA256.HashData(picture)) == entry.Picture)
                    Insert(entry, picture);
                // It was settled, and the kiosk died before the copy went.
                lock (gate)
                {
                    if (Entries.FindById(entry.Id) is not { SettledAtMs: not null })
                        continue;
                }

                File.Delete(file);
                File.Delete(Path.ChangeExtension(file, ".jpg"));
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or FileNotFoundException or NotSupportedException)
            {
                // Cut off while it was written: nobody was told that it was kept.
                CopyUnreadable(Path.GetFileName(file), e.Message);
            }
        }
    }

    private void DeleteCopy(string id)
    {
        foreach (var file in new[] { ".json", ".jpg", ".json.new", ".jpg.new" })
            File.Delete(Path.Combine(waiting, id + file));
    }

    private T? Read<T>(string id)
        where T : class
    {
        lock (gate)
            return Database.GetCollection<TextDocument>("texts").FindById(id) is { } document ? JsonSerializer.Deserialize<T>(document.Text) : null;
    }

    private void Write(string id, string text) => Change(db => db.GetCollection<TextDocument>("texts").Upsert(new TextDocument { Id = id, Text = text }));

    /// <exception cref="IOException">The disk does not take it.</exception>
    private void Change(Action<LiteDatabase> write)
    {
        lock (gate)
        {
            try
            {
                Database.BeginTrans();
                write(Database);
                Database.Commit();
                // LiteDB writes its log in the background and tells a failure with the next write: only a checkpoint is an answer about this one.
                Database.Checkpoint();
            }
            catch (Exception e) when (e is LiteException or IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Opening anew replays the log up to the last whole transaction.
                try
                {
                    database?.Dispose();
                }
                catch (Exception closing) when (closing is LiteException or IOException or ObjectDisposedException)
                {
                    // The checkpoint on closing needs the disk too.
                }

                database = null;
                throw new IOException($"The kiosk's store '{path}' cannot be written: {e.Message} Free space on its disk and enter it again.", e);
            }
        }
    }

    // A damaged file is put aside and kept; what waited comes back from the copies beside.
    private LiteDatabase OpenOrBeginAnew()
    {
        try
        {
            return Open();
        }
        catch (Exception e) when (e is LiteException or InvalidCastException or IndexOutOfRangeException or OverflowException or ArgumentException)
        {
            var aside = $"{path}.damaged-{Guid.NewGuid():N}";
            File.Move(path, aside);
            File.Delete(Path.ChangeExtension(path, null) + "-log.db");
            StoreDamaged(aside, e.Message);
            return Open();
        }
    }

    private LiteDatabase Open()
    {
        var opened = new LiteDatabase(new ConnectionString { Filename = path, Connection = ConnectionType.Direct });
        try
        {
            var entries = opened.GetCollection<EntryDocument>("entries");
            entries.EnsureIndex(e => e.Number);
            entries.EnsureIndex(e => e.AtMs);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Error, "The kiosk's store was damaged ({Reason}) and lies at {Aside} now; a new one was begun with what waited for the server")]
    private partial void StoreDamaged(string aside, string reason);

    [LoggerMessage(LogLevel.Warning, "{File} cannot be read ({Reason}): it was cut off before its entry was kept")]
    private partial void CopyUnreadable(string file, string reason);

    internal sealed record LockState(int Fails, long UntilMs);

    internal sealed class EntryDocument
    {
        public string Id { get; set; } = "";

        public long Number { get; set; }

        public long AtMs { get; set; }

        public string Entry { get; set; } = "";

        public long? SettledAtMs { get; set; }

        public string? Fault { get; set; }
    }

    internal sealed class PictureDocument
    {
        public string Id { get; set; } = "";

        public byte[] Bytes { get; set; } = [];
    }

    internal sealed class TextDocument
    {
        public string Id { get; set; } = "";

        public string Text { get; set; } = "";
    }
}
