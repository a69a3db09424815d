using System.Diagnostics;
using System.Security.Cryptography;
using BrightKitchen.Contracts;
using LiteDB;
using JsonSerializer = System.Text.Json.JsonSerializer;

namespace BrightKitchen.KioskUI.Store;

/// <summary>An entry and its state.</summary>
/// <param name="Settled">Whether the server has accepted or refused it.</param>
/// <param name="Fault">Why the server refused it; null when it did not.</param>
internal sealed record KeptEntry(KioskEntry Entry, bool Settled, string? Fault);

/// <summary>
/// Staff's entries and the server's latest data, in one LiteDB file. An entry is on disk before it is confirmed as saved, and stays until
/// the server has it. A second copy is stored in a separate file until then, or until staff correct or discard an entry that the server
/// refused, so that a damaged database loses nothing. Thread-safe.
/// </summary>
internal sealed partial class KioskStore : IDisposable
{
    private const string Site_ = "site";
    private const string Locks = "locks";
    private static readonly TimeSpan RecoverAgain = TimeSpan.FromSeconds(10);
    private readonly Lock gate = new();
    private readonly string path;
    private readonly string waiting;
    private readonly ILogger logger;
    private LiteDatabase? database;
    private LiteDbFiles? files;
    private bool begunAgain;
    private bool recovering;
    private long recovered;

    /// <exception cref="IOException">The folder is not writable.</exception>
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
        begunAgain = !Recover();
        recovered = Stopwatch.GetTimestamp();
    }

    /// <summary>The server's latest data; null when none was ever received.</summary>
    public KioskSite? Site => Read<KioskSite>(Site_);

    /// <summary>Stores the server's data.</summary>
    public void Told(KioskSite site)
    {
        var text = JsonSerializer.Serialize(site);
        if (Locked(db => db.GetCollection<TextDocument>("texts").FindById(Site_)?.Text) != text)
            Write(Site_, text);
    }

    /// <summary>Deletes personal data after the kiosk was revoked; entries that wait for the server stay.</summary>
    public void Forget()
    {
        Change(db => db.GetCollection<TextDocument>("texts").Delete(Site_));
    }

    /// <summary>Number of wrong PINs and the end of the lock, stored across restarts.</summary>
    public (int Fails, DateTimeOffset Until) Lock
    {
        get =>
            Read<LockState>(Locks) is { } state
                ? (state.Fails, DateTimeOffset.FromUnixTimeMilliseconds(state.UntilMs))
                : (0, DateTimeOffset.UnixEpoch);
        set => Write(Locks, JsonSerializer.Serialize(new LockState(value.Fails, value.Until.ToUnixTimeMilliseconds())));
    }

    /// <summary>Stores an entry; it is on disk when the method returns.</summary>
    /// <param name="corrects">The refused entry that this one replaces; it is resolved in the same transaction.</param>
    /// <exception cref="IOException">The disk refuses the write; nothing of the entry is stored.</exception>
    public void Enter(KioskEntry entry, byte[]? picture, string? corrects = null)
    {
        var copy = Path.Combine(waiting, entry.Id);
        try
        {
            if (picture is not null)
                PrivateFile.Write(copy + ".jpg", picture);
            PrivateFile.Write(copy + ".json", JsonSerializer.SerializeToUtf8Bytes(entry));
            Insert(entry, picture, corrects);
        }
        catch (Exception e)
        {
            // The commit succeeded and only the checkpoint failed: the entry is stored and must not be entered a second time.
            if (e is not IOException || !IsStored(entry.Id))
            {
                // An entry that is reported as not stored is entered again.
                DeleteCopy(entry.Id);
                throw;
            }
        }

        if (corrects is not null)
        {
            try
            {
                DeleteCopyOfResolved(corrects);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or LiteException)
            {
                // The next start deletes it.
                CopyUnreadable(corrects, e.Message);
            }
        }
    }

    private bool IsStored(string id)
    {
        try
        {
            return Locked(db => Entries(db).FindById(id) is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LiteException)
        {
            return false;
        }
    }

    /// <summary>The entries that the server does not have, in order of entry.</summary>
    /// <param name="except">Ids to leave out.</param>
    public IReadOnlyList<KioskEntry> Waiting(int most, IReadOnlySet<string>? except = null) =>
        Locked(db =>
            (IReadOnlyList<KioskEntry>)
                [
                    .. Entries(db)
                        .Query()
                        .Where(e => e.SettledAtMs == null)
                        .OrderBy(e => e.Number)
                        .ToEnumerable()
                        .Where(e => except?.Contains(e.Id) != true)
                        .Take(most)
                        .Select(e => JsonSerializer.Deserialize<KioskEntry>(e.Entry)!),
                ]
        );

    /// <summary>Refused entries that staff have neither corrected nor discarded, oldest first, whatever their age.</summary>
    public IReadOnlyList<KeptEntry> Refused() =>
        Locked(db =>
            (IReadOnlyList<KeptEntry>)
                [
                    .. Entries(db)
                        .Query()
                        .Where(e => e.Fault != null && e.ResolvedAtMs == null)
                        .OrderBy(e => e.Number)
                        .ToEnumerable()
                        .Select(Kept),
                ]
        );

    /// <summary>An unresolved refused entry; null when there is none with that id.</summary>
    public KeptEntry? FindRefused(string id) =>
        Locked(db => Entries(db).FindById(id) is { Fault: not null, ResolvedAtMs: null } document ? Kept(document) : null);

    /// <summary>Marks a refused entry as corrected or discarded. An entry that was not refused is unchanged.</summary>
    public void Resolve(string id, DateTimeOffset now)
    {
        Change(db => Resolve(db, id, now));
        DeleteCopyOfResolved(id);
    }

    public int WaitingCount => Locked(db => Entries(db).Count(e => e.SettledAtMs == null));

    /// <summary>Entries made at or after <paramref name="from"/>, newest first, without resolved refused ones.</summary>
    public IReadOnlyList<KeptEntry> Since(DateTimeOffset from)
    {
        var ms = from.ToUnixTimeMilliseconds();
        return Locked(db =>
            (IReadOnlyList<KeptEntry>)
                [
                    .. Entries(db)
                        .Query()
                        .Where(e => e.AtMs >= ms && e.ResolvedAtMs == null)
                        .OrderByDescending(e => e.Number)
                        .ToEnumerable()
                        .Select(Kept),
                ]
        );
    }

    /// <summary>A picture of an entry, by its SHA-256; null when it is not stored.</summary>
    public byte[]? Picture(string digest) => Locked(db => db.GetCollection<PictureDocument>("pictures").FindById(digest)?.Bytes);

    /// <summary>The picture of an entry, from the copy when the database has lost it.</summary>
    public byte[]? PictureOf(KioskEntry entry)
    {
        if (entry.Picture is not { } digest)
            return null;
        if (Picture(digest) is { } picture)
            return picture;
        var copy = Path.Combine(waiting, entry.Id + ".jpg");
        return File.Exists(copy) && File.ReadAllBytes(copy) is var bytes && Convert.ToHexStringLower(SHA256.HashData(bytes)) == digest
            ? bytes
            : null;
    }

    /// <summary>Marks an entry as accepted or refused by the server.</summary>
    /// <param name="fault">Why it was refused; null when it was accepted.</param>
    public void Settle(KioskEntry entry, string? fault, DateTimeOffset now)
    {
        Change(db =>
        {
            var entries = db.GetCollection<EntryDocument>("entries");
            if (entries.FindById(entry.Id) is not { SettledAtMs: null } document)
                return;
            (document.SettledAtMs, document.Fault) = (now.ToUnixTimeMilliseconds(), fault);
            entries.Update(document);
            if (fault is null)
                DeletePicture(db, entry.Picture);
        });
        // A refused entry exists nowhere else until staff resolve it, so its copy stays.
        if (fault is null)
            DeleteCopy(entry.Id);
    }

    /// <summary>
    /// Deletes entries that were settled before <paramref name="before"/>: the server has them. A refused entry stays until staff resolve
    /// it.
    /// </summary>
    public void Prune(DateTimeOffset before)
    {
        var ms = before.ToUnixTimeMilliseconds();
        Change(db =>
            db.GetCollection<EntryDocument>("entries")
                .DeleteMany(e => e.SettledAtMs != null && e.SettledAtMs < ms && (e.Fault == null || e.ResolvedAtMs != null))
        );
    }

    public void Dispose()
    {
        lock (gate)
            Shut(database, files);
    }

    // Reopened after a failed write, because LiteDB then closes its engine.
    private LiteDatabase Database => database ??= OpenOrBeginAnew();

    private static ILiteCollection<EntryDocument> Entries(LiteDatabase db) => db.GetCollection<EntryDocument>("entries");

    private static KeptEntry Kept(EntryDocument document) =>
        new(JsonSerializer.Deserialize<KioskEntry>(document.Entry)!, document.SettledAtMs is not null, document.Fault);

    private static void Resolve(LiteDatabase db, string id, DateTimeOffset now)
    {
        var entries = db.GetCollection<EntryDocument>("entries");
        if (entries.FindById(id) is not { Fault: not null, ResolvedAtMs: null } document)
            return;
        document.ResolvedAtMs = now.ToUnixTimeMilliseconds();
        entries.Update(document);
        DeletePicture(db, Kept(document).Entry.Picture);
    }

    // Another pending or refused entry may have the same picture.
    private static void DeletePicture(LiteDatabase db, string? picture)
    {
        if (
            picture is not null
            && !Entries(db)
                .Find(e => e.SettledAtMs == null || (e.Fault != null && e.ResolvedAtMs == null))
                .Any(e => Kept(e).Entry.Picture == picture)
        )
            db.GetCollection<PictureDocument>("pictures").Delete(picture);
    }

    private void Insert(KioskEntry entry, byte[]? picture, string? corrects = null) =>
        Change(db =>
        {
            var entries = db.GetCollection<EntryDocument>("entries");
            if (entries.FindById(entry.Id) is not null)
                return;
            if (picture is not null)
                db.GetCollection<PictureDocument>("pictures").Upsert(new PictureDocument { Id = entry.Picture!, Bytes = picture });
            var last = entries.Query().OrderByDescending(e => e.Number).Limit(1).FirstOrDefault()?.Number ?? 0;
            entries.Insert(
                new EntryDocument
                {
                    Id = entry.Id,
                    Number = last + 1,
                    AtMs = entry.At.ToUnixTimeMilliseconds(),
                    Entry = JsonSerializer.Serialize(entry),
                }
            );
            if (corrects is not null)
                Resolve(db, corrects, entry.At);
        });

    // Inserts copies that a crash left behind and entries that a damaged database lost, under the same id, by which the server
    // recognises them. False when the disk refused some of them.
    private bool Recover()
    {
        var isWhole = true;
        foreach (var file in Directory.EnumerateFiles(waiting, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                var entry = JsonSerializer.Deserialize<KioskEntry>(File.ReadAllBytes(file))!;
                var picture = entry.Picture is null ? null : File.ReadAllBytes(Path.ChangeExtension(file, ".jpg"));
                if (picture is null || Convert.ToHexStringLower(SHA256.HashData(picture)) == entry.Picture)
                    Insert(entry, picture);
                // The entry was settled, but the kiosk stopped before it deleted the copy.
                lock (gate)
                {
                    if (Entries(Database).FindById(entry.Id) is not ({ SettledAtMs: not null, Fault: null } or { ResolvedAtMs: not null }))
                        continue;
                }

                File.Delete(file);
                File.Delete(Path.ChangeExtension(file, ".jpg"));
            }
            catch (Exception e) when (e is System.Text.Json.JsonException or FileNotFoundException or NotSupportedException)
            {
                // Truncated while it was written: the entry was never confirmed as saved.
                CopyUnreadable(Path.GetFileName(file), e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // An unreadable copy must not prevent the others, and a full disk must not take the display down.
                CopyUnreadable(Path.GetFileName(file), e.Message);
                isWhole = false;
            }
        }

        return isWhole;
    }

    private void DeleteCopyOfResolved(string id)
    {
        lock (gate)
        {
            if (Entries(Database).FindById(id) is not { ResolvedAtMs: not null })
                return;
        }

        DeleteCopy(id);
    }

    private void DeleteCopy(string id)
    {
        foreach (var file in new[] { ".json", ".jpg", ".json.new", ".jpg.new" })
            File.Delete(Path.Combine(waiting, id + file));
    }

    private T? Read<T>(string id)
        where T : class =>
        Locked(db =>
            db.GetCollection<TextDocument>("texts").FindById(id) is { } document ? JsonSerializer.Deserialize<T>(document.Text) : null
        );

    private void Write(string id, string text) =>
        Change(db => db.GetCollection<TextDocument>("texts").Upsert(new TextDocument { Id = id, Text = text }));

    /// <exception cref="IOException">The disk refuses the write.</exception>
    private void Change(Action<LiteDatabase> write)
    {
        lock (gate)
        {
            try
            {
                Database.BeginTrans();
                write(Database);
                Database.Commit();
                // LiteDB writes its log in the background and reports a failure with the next write: only a checkpoint confirms this one.
                Database.Checkpoint();
                files?.ThrowIfFailed();
            }
            catch (Exception e)
                when (MayBeDamage(e) || e is LiteException or IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Reopening replays the log up to the last complete transaction, and detects damage.
                Close();
                throw new IOException(
                    $"The kiosk's store '{path}' cannot be written: {e.Message} Free space on its disk and repeat the entry.",
                    e
                );
            }
        }
    }

    // A damaged file is set aside and retained; pending entries are restored from their copies.
    private LiteDatabase OpenOrBeginAnew()
    {
        string reason;
        SetDamagedLogAside();
        try
        {
            if (!HasLostItsBeginning(path))
                return Open();
            reason = "its header is lost";
        }
        catch (Exception e) when (MayBeDamage(e))
        {
            reason = e.Message;
        }

        var aside = $"{path}.damaged-{Guid.NewGuid():N}";
        File.Move(path, aside);
        File.Delete(LiteDbLog.Of(path));
        StoreDamaged(aside, reason);
        (begunAgain, recovered) = (true, 0);
        return Open();
    }

    // The database is complete without the log: each change is checkpointed at once, and pending entries have copies.
    private void SetDamagedLogAside()
    {
        if (!LiteDbLog.IsDamaged(path))
            return;
        var aside = $"{LiteDbLog.Of(path)}.damaged-{Guid.NewGuid():N}";
        File.Move(LiteDbLog.Of(path), aside);
        LogDamaged(aside);
        (begunAgain, recovered) = (true, 0);
    }

    // Reads everything once: LiteDB has no checksums, and a damaged page is otherwise detected only when it is needed.
    private LiteDatabase Open()
    {
        var own = LiteDbFiles.Open(path);
        LiteDatabase? opened = null;
        try
        {
            opened = new(own.Data, null, own.Log);
            var entries = opened.GetCollection<EntryDocument>("entries");
            entries.EnsureIndex(e => e.Number);
            entries.EnsureIndex(e => e.AtMs);
            foreach (var entry in entries.FindAll())
                _ = JsonSerializer.Deserialize<KioskEntry>(entry.Entry);
            if (entries.Query().Where(e => e.Number >= 0).ToList().Count != entries.Query().Where(e => e.AtMs >= 0).ToList().Count)
                throw new InvalidCastException("its indexes are inconsistent");
            foreach (var text in opened.GetCollection<TextDocument>("texts").FindAll())
                _ = text.Text.Length;
            foreach (var picture in opened.GetCollection<PictureDocument>("pictures").FindAll())
                _ = picture.Bytes.Length;
            own.ThrowIfFailed();
            files = own;
            return opened;
        }
        catch
        {
            Shut(opened, own);
            // Data that the disk refused to write cannot be read back, which looks like damage.
            own.ThrowIfFailed();
            throw;
        }
    }

    // LiteDB treats a file whose first page is NUL (the result of a power loss) or truncated as an empty database and overwrites it.
    private static bool HasLostItsBeginning(string path)
    {
        const int signAt = 32;
        var sign = "** This is a LiteDB file **"u8;
        if (!File.Exists(path))
            return false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var head = new byte[signAt + sign.Length];
        var length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return length > 0 && !head.AsSpan(signAt).SequenceEqual(sign);
    }

    // LiteDB throws arbitrary exceptions on damaged pages; a disk that refuses and a file that another program holds are not damage.
    private static bool MayBeDamage(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is IOException or UnauthorizedAccessException or OperationCanceledException)
                return false;
        }

        return e
            is not (
                ObjectDisposedException
                or LiteException
                {
                    ErrorCode: LiteException.LOCK_TIMEOUT
                        or LiteException.ENGINE_DISPOSED
                        or LiteException.DATABASE_SHUTDOWN
                        or LiteException.ALREADY_OPEN_DATAFILE
                        or LiteException.INDEX_DUPLICATE_KEY,
                }
            );
    }

    private T Locked<T>(Func<LiteDatabase, T> read)
    {
        lock (gate)
        {
            try
            {
                return read(Opened());
            }
            catch (Exception e) when (MayBeDamage(e) && database is not null)
            {
                // Reopening reads everything: damage is set aside, and any other error recurs with its own reason.
                Close();
            }

            return read(Opened());
        }
    }

    // A database that was recreated after damage lacks the entries that are in the copies.
    private LiteDatabase Opened()
    {
        var opened = Database;
        if (!begunAgain || recovering || Stopwatch.GetElapsedTime(recovered) < RecoverAgain)
            return opened;
        recovering = true;
        try
        {
            begunAgain = !Recover();
            recovered = Stopwatch.GetTimestamp();
        }
        finally
        {
            recovering = false;
        }

        return Database;
    }

    private void Close()
    {
        Shut(database, files);
        (database, files) = (null, null);
    }

    private static void Shut(LiteDatabase? database, LiteDbFiles? files)
    {
        try
        {
            database?.Dispose();
        }
        catch (Exception e) when (MayBeDamage(e) || e is IOException or LiteException or ObjectDisposedException)
        {
            // The checkpoint on closing also needs the disk and intact pages.
        }

        files?.Dispose();
    }

    [LoggerMessage(
        LogLevel.Error,
        "The kiosk's store was damaged ({Reason}) and was moved to {Aside}; a new one was created with the entries not yet sent"
    )]
    private partial void StoreDamaged(string aside, string reason);

    [LoggerMessage(LogLevel.Error, "The log of the kiosk's store was damaged and was moved to {Aside}; the store works without it")]
    private partial void LogDamaged(string aside);

    [LoggerMessage(LogLevel.Warning, "{File} cannot be read ({Reason}): it was truncated before its entry was stored")]
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

        public long? ResolvedAtMs { get; set; }
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
