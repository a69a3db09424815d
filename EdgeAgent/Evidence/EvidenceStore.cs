using System.Security.Cryptography;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.Sealing;
using LiteDB;
using JsonSerializer = System.Text.Json.JsonSerializer;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>
/// The edge agent's findings, their stills and clips and everything that the server has not acknowledged, in one LiteDB file. Invariant:
/// each change is one transaction, so a stored finding always has its still, a clip and its outbox entries. Thread-safe: one lock
/// serialises all callers.
/// </summary>
internal sealed partial class EvidenceStore : IDisposable
{
    private const int Version = 2;
    private const long LongestPauseMs = 3_600_000;

    /// <summary>The kinds of outbox entries.</summary>
    public const string Reports = "report";
    public const string Stills = "still";
    public const string Clips = "clip";
    private readonly Lock gate = new();
    private readonly string path;
    private readonly TimeProvider time;
    private readonly EvidenceSeal? seal;
    private readonly EvidenceCopies copies;
    private LiteDatabase database = null!;
    private LiteDbFiles? files;
    private long lastEntry;
    private bool disposed;
    private bool closed;

    // In-memory copy of the holds: the database may be damaged when they are needed.
    private HashSet<string> held = [];

    /// <exception cref="InvalidDataException">
    /// The file is not a database, and no copies beside it show that this is the edge agent's folder; it is left unchanged.
    /// </exception>
    /// <param name="seal">Signs final evidence; null disables sealing.</param>
    public EvidenceStore(string path, TimeProvider time, EvidenceSeal? seal = null)
    {
        this.path = path;
        this.time = time;
        this.seal = seal;
        copies = new(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileNameWithoutExtension(path) + "-copies"));
        try
        {
            Scrub();
            database = OpenOrRescue();
            try
            {
                Begin();
            }
            catch (Exception e) when (DatabaseDamage.Of(e) != DamageSign.None || (e is IOException && Rescued is not null))
            {
                if (Rescued is null && !RescueIfDamaged(e))
                    throw;
                Begin();
            }
        }
        catch
        {
            // Close the files so that a retry can open them exclusively.
            Shut();
            throw;
        }
    }

    /// <summary>What was damaged and how it was recovered, as a sentence; null when nothing was damaged since the start.</summary>
    public string? Rescued { get; private set; }

    public int OutboxDepth => Locked(db => db.GetCollection<OutboxDocument>("outbox").Count());

    /// <summary>Adds the finding, its still, the clip so far and the outbox entries in one transaction.</summary>
    public void Add(FindingReport finding, byte[] still, IReadOnlyList<Fragment> clip) => ChangeOf(finding.Id, db =>
        {
            // Idempotent: an attempt whose commit succeeded but which failed afterwards is not written twice.
            if (db.GetCollection<FindingDocument>("findings").FindById(finding.Id.ToString()) is not null)
                return;
            var document = new FindingDocument
            {
                Id = finding.Id.ToString(),
                Camera = finding.Camera.Value,
                Kind = finding.Kind,
                OpenedAtMs = finding.OpenedAt.ToUnixTimeMilliseconds(),
                Report = JsonSerializer.Serialize(finding),
                StillSha256 = Convert.ToHexStringLower(SHA256.HashData(still)),
                StillBytes = still.Length,
            };
            Upload(db, Stills, document.Id, still);
            PutClip(db, document, clip);
            db.GetCollection<FindingDocument>("findings").Insert(document);
            Enqueue(db, document.Id, Reports);
            Enqueue(db, document.Id, Stills);
        });

    /// <summary>
    /// Stores the clip with its post-roll; it is final from then on and may be delivered. A clip that is not larger than the stored one
    /// does not replace it.
    /// </summary>
    public void Finish(FindingId finding, IReadOnlyList<Fragment> clip) => ChangeOf(finding, db =>
        {
            if (db.GetCollection<FindingDocument>("findings").FindById(finding.ToString()) is not { ClipFinal: false } document)
                return;
            PutClip(db, document, clip);
            document.ClipFinal = true;
            db.GetCollection<FindingDocument>("findings").Update(document);
            if (document.ClipBytes > 0)
                Enqueue(db, document.Id, Clips);
            seal?.Add(db, ManifestKinds.Evidence, ReportOf(document), PartsOf(document));
        });

    /// <param name="lasted">Duration from opening until the violation was last detected.</param>
    public void Close(FindingId finding, TimeSpan lasted) => ChangeOf(finding, db => Close(db, finding.ToString(), lasted));

    /// <summary>Replaces the set of findings under legal hold: these are not deleted, whatever their age.</summary>
    public void Hold(IReadOnlyCollection<FindingId> findings)
    {
        var wanted = findings.Select(f => f.ToString()).ToHashSet();
        if (Locked(db => wanted.SetEquals(Holds(db))))
            return;
        Change(db =>
        {
            db.GetCollection<HoldDocument>("holds").DeleteAll();
            db.GetCollection<HoldDocument>("holds").InsertBulk(wanted.Select(id => new HoldDocument { Id = id }));
        });
        lock (gate)
            held = wanted;
    }

    /// <summary>
    /// Deletes findings that were opened before <paramref name="before"/>, are closed and are delivered. Findings in the outbox or under
    /// legal hold stay.
    /// </summary>
    /// <returns>The number of findings deleted.</returns>
    public int Prune(DateTimeOffset before)
    {
        var ms = before.ToUnixTimeMilliseconds();
        var gone = Locked(db =>
        {
            var waiting = db.GetCollection<OutboxDocument>("outbox").FindAll().Select(o => o.Finding).Concat(Holds(db)).ToHashSet();
            return db.GetCollection<FindingDocument>("findings")
                .Query()
                .Where(f => f.OpenedAtMs < ms && f.ClipFinal && f.ClosedAtMs != null)
                .ToList()
                .Where(f => !waiting.Contains(f.Id))
                .ToList();
        });
        foreach (var document in gone)
        {
            Change(db =>
            {
                db.FileStorage.Delete(FileId(Stills, document.Id));
                db.FileStorage.Delete(FileId(Clips, document.Id));
                db.GetCollection<FindingDocument>("findings").Delete(document.Id);
            });
            copies.Delete(FindingId.Parse(document.Id, null));
        }

        return gone.Count;
    }

    /// <summary>The oldest entries that are due, in order.</summary>
    public IReadOnlyList<OutboxDocument> Outbox(int most) => Outbox(null, most);

    /// <param name="what">Only entries of this kind; null for all.</param>
    public IReadOnlyList<OutboxDocument> Outbox(string? what, int most) =>
        Locked(db =>
        {
            // A deferral beyond the longest possible pause was made while the clock was ahead: treat the entry as due.
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var never = now + LongestPauseMs;
            var due = db.GetCollection<OutboxDocument>("outbox").Query().Where(o => o.NotBeforeMs <= now || o.NotBeforeMs > never);
            return (what is null ? due : due.Where(o => o.What == what)).OrderBy(o => o.Id).Limit(most).ToList();
        });

    /// <summary>The findings whose report the server has not acknowledged, due or not.</summary>
    public IReadOnlySet<string> Unreported() =>
        Locked(db => db.GetCollection<OutboxDocument>("outbox").Find(o => o.What == Reports).Select(o => o.Finding).ToHashSet());

    public void Acknowledge(OutboxDocument entry) => Change(db => db.GetCollection<OutboxDocument>("outbox").Delete(entry.Id));

    /// <summary>Retries an entry that the server refused, after an exponential pause of up to 1 h; it is never given up.</summary>
    public void Defer(OutboxDocument entry) =>
        Change(db =>
        {
            entry.Refusals++;
            entry.NotBeforeMs = (
                time.GetUtcNow() + TimeSpan.FromMilliseconds(Math.Min(15_000 * Math.Pow(2, entry.Refusals), LongestPauseMs))
            ).ToUnixTimeMilliseconds();
            db.GetCollection<OutboxDocument>("outbox").Update(entry);
        });

    /// <summary>Retries after <paramref name="pause"/> an entry that failed for a reason other than its content.</summary>
    public void Defer(OutboxDocument entry, TimeSpan pause) =>
        Change(db =>
        {
            entry.NotBeforeMs = (time.GetUtcNow() + pause).ToUnixTimeMilliseconds();
            db.GetCollection<OutboxDocument>("outbox").Update(entry);
        });

    /// <summary>Null when the edge agent never had the finding or has deleted it.</summary>
    public FindingReport? Find(FindingId id) =>
        Locked(db => db.GetCollection<FindingDocument>("findings").FindById(id.ToString()) is { } document ? ReportOf(document) : null);

    public FindingReport Report(string id) => Locked(db => ReportOf(Document(db, id)));

    /// <summary>
    /// A still or a clip with its SHA-256 (lower-case hex), read from the copy when the database's is damaged; empty when there is no clip.
    /// </summary>
    /// <exception cref="InvalidDataException">Both are damaged.</exception>
    public (byte[] Bytes, string Sha256) Part(string id, EvidencePart part) =>
        Locked(db =>
        {
            var document = Document(db, id);
            var digest = part == EvidencePart.Clip ? document.ClipSha256 : document.StillSha256;
            if (digest.Length == 0)
                return ([], "");
            if (PartIn(db, id, part) is { } bytes && Sha256Of(bytes) == digest)
                return (bytes, digest);
            // A copy carries its own digest: where it contradicts the digest in the database, the latter is damaged.
            return
                copies.Read(FindingId.Parse(id, null)) is { } copy
                && copy.Final == document.ClipFinal
                && (part == EvidencePart.Clip ? copy.Clip : copy.Still) is { } whole
                ? (whole, Sha256Of(whole))
                : throw new InvalidDataException($"The {part} of finding {id} is damaged, and so is its copy.");
        });

    /// <summary>The chain entries from the first to the last that was signed within the span, without gaps, as signed.</summary>
    public IReadOnlyList<string> Chain(DateTimeOffset from, DateTimeOffset to) =>
        Locked(db =>
        {
            var (fromMs, toMs) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
            var manifests = db.GetCollection<ManifestDocument>("manifests");
            var within = manifests.Query().Where(m => m.AtMs >= fromMs && m.AtMs < toMs).Select(m => m.Id).ToList();
            return within.Count == 0
                ? []
                : (IReadOnlyList<string>)
                    [
                        .. manifests
                            .Query()
                            .Where(m => m.Id >= within.Min() && m.Id <= within.Max())
                            .OrderBy(m => m.Id)
                            .ToEnumerable()
                            .Select(m => m.Signed),
                    ];
        });

    /// <summary>The newest entry of the chain; number 0 when the chain is empty.</summary>
    public ChainHead ChainHead =>
        Locked(db =>
            db.GetCollection<ManifestDocument>("manifests").Query().OrderByDescending(m => m.Id).Limit(1).FirstOrDefault() is { } last
                ? new ChainHead(last.Id, Manifest.HashOf(last.Signed))
                : new ChainHead(0, Manifest.Nothing)
        );

    /// <summary>
    /// The next entries after the server's last, at most <see cref="Contracts.ChainHead.MostAtOnce"/>; from the first entry on when the
    /// server's last does not belong to this chain.
    /// </summary>
    public IReadOnlyList<string> ChainAfter(ChainHead kept) =>
        Locked(db =>
        {
            var manifests = db.GetCollection<ManifestDocument>("manifests");
            var after =
                kept.Number > 0 && manifests.FindById(kept.Number) is { } same && Manifest.HashOf(same.Signed) == kept.Hash
                    ? kept.Number
                    : 0;
            return (IReadOnlyList<string>)
                [
                    .. manifests
                        .Query()
                        .Where(m => m.Id > after)
                        .OrderBy(m => m.Id)
                        .Limit(ChainHead.MostAtOnce)
                        .ToEnumerable()
                        .Select(m => m.Signed),
                ];
        });

    /// <summary>Findings opened at or after <paramref name="from"/>, newest first.</summary>
    public IReadOnlyList<FindingReport> Since(DateTimeOffset from) =>
        Locked(db =>
        {
            var ms = from.ToUnixTimeMilliseconds();
            return (IReadOnlyList<FindingReport>)
                [
                    .. db.GetCollection<FindingDocument>("findings")
                        .Query()
                        .Where(f => f.OpenedAtMs >= ms)
                        .OrderByDescending(f => f.OpenedAtMs)
                        .ToEnumerable()
                        .Select(ReportOf),
                ];
        });

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            Shut();
        }
    }

    private void Begin()
    {
        Upgrade();
        held = Locked(db => Holds(db).ToHashSet());
        Reconcile();
        FinishLeftOvers();
    }

    private static IEnumerable<string> Holds(LiteDatabase db) => db.GetCollection<HoldDocument>("holds").FindAll().Select(h => h.Id);

    private static string Sha256Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string FileId(string what, string id) => $"$/{what}/{id}";

    private static FindingDocument Document(LiteDatabase db, string id) =>
        db.GetCollection<FindingDocument>("findings").FindById(id)
        ?? throw new InvalidDataException($"The evidence store contains no finding {id}.");

    private static FindingReport ReportOf(FindingDocument document) => JsonSerializer.Deserialize<FindingReport>(document.Report)!;

    private static void Upload(LiteDatabase db, string what, string id, byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        db.FileStorage.Upload(FileId(what, id), what, stream);
    }

    private static void PutClip(LiteDatabase db, FindingDocument document, IReadOnlyList<Fragment> fragments)
    {
        var clip = Clip.Join(fragments);
        if (clip.Length <= document.ClipBytes)
            return;
        Upload(db, Clips, document.Id, clip);
        document.ClipSha256 = Convert.ToHexStringLower(SHA256.HashData(clip));
        document.ClipBytes = clip.Length;
    }

    private void Close(LiteDatabase db, string id, TimeSpan lasted)
    {
        if (db.GetCollection<FindingDocument>("findings").FindById(id) is not { ClosedAtMs: null } document)
            return;
        var report = ReportOf(document);
        var closedAt = report.OpenedAt + lasted;
        report = report with { ClosedAt = closedAt };
        document.Report = JsonSerializer.Serialize(report);
        document.ClosedAtMs = closedAt.ToUnixTimeMilliseconds();
        db.GetCollection<FindingDocument>("findings").Update(document);
        Enqueue(db, id, Reports);
        seal?.Add(db, ManifestKinds.Closed, report, []);
    }

    private static IReadOnlyList<SealedPart> PartsOf(FindingDocument document) =>
        [
            new("still.jpg", document.StillSha256, document.StillBytes),
            .. document.ClipBytes > 0 ? [new SealedPart("clip.mp4", document.ClipSha256, document.ClipBytes)] : Array.Empty<SealedPart>(),
        ];

    // Version 2 introduced sealing: evidence stored by earlier versions is sealed as found.
    private void Upgrade()
    {
        if (database.UserVersion >= Version)
            return;
        Change(db =>
        {
            if (seal is not null && db.GetCollection<ManifestDocument>("manifests").Count() == 0)
            {
                foreach (
                    var document in db.GetCollection<FindingDocument>("findings")
                        .Query()
                        .Where(f => f.ClipFinal)
                        .OrderBy(f => f.OpenedAtMs)
                        .ToList()
                )
                    seal.Add(db, ManifestKinds.Evidence, ReportOf(document), PartsOf(document));
            }
        });
        database.UserVersion = Version;
        database.Checkpoint();
        files?.ThrowIfFailed();
    }

    // LiteDB's auto-ids restart when the outbox is empty at a start, and the clock may have been set back: the number of an acknowledged
    // entry would be reused for another one.
    private void Enqueue(LiteDatabase db, string finding, string what)
    {
        const int aMillisecond = 1024;
        var outbox = db.GetCollection<OutboxDocument>("outbox");
        var last = db.GetCollection<CounterDocument>("counters").FindById(CounterDocument.Outbox)?.Last
            ?? outbox.Query().OrderByDescending(o => o.Id).Limit(1).FirstOrDefault()?.Id
            ?? 0;
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        lastEntry = Math.Max(Math.Max(last, lastEntry) + 1, now * aMillisecond);
        db.GetCollection<CounterDocument>("counters").Upsert(new CounterDocument { Id = CounterDocument.Outbox, Last = lastEntry });
        outbox.Insert(
            new OutboxDocument
            {
                Id = lastEntry,
                Finding = finding,
                What = what,
                AddedAtMs = now,
            }
        );
    }

    // Fragments are held in memory: clips that a stop or crash left incomplete are finished with what was written, and open findings
    // closed.
    private void FinishLeftOvers()
    {
        foreach (
            var document in Locked(db =>
                db.GetCollection<FindingDocument>("findings").Find(f => !f.ClipFinal || f.ClosedAtMs == null).ToList()
            )
        )
        {
            var id = FindingId.Parse(document.Id, null);
            Finish(id, []);
            Close(id, TimeSpan.Zero);
        }
    }

    private LiteDatabase Open()
    {
        if (DatabaseDamage.LookAt(path) is not DatabaseDamage.Look.Sound && new FileInfo(path).Length > 0)
            throw NoDatabase();
        if (LiteDbLog.IsDamaged(path))
            throw new DamagedDatabaseException("its log is damaged");
        var own = LiteDbFiles.Open(path);
        LiteDatabase? opened = null;
        try
        {
            opened = new(own.Data, null, own.Log);
            opened.GetCollection<FindingDocument>("findings").EnsureIndex(f => f.OpenedAtMs);
            opened.GetCollection<ManifestDocument>("manifests").EnsureIndex(m => m.AtMs);
            opened.GetCollection<ManifestDocument>("manifests").EnsureIndex(m => m.Finding);
            own.ThrowIfFailed();
            files = own;
            return opened;
        }
        catch (Exception e)
        {
            Shut(opened, own);
            if (own.Fault is { } refused)
                throw new IOException($"The evidence store '{path}' cannot be opened: {refused.Message}", refused);
            if (DatabaseDamage.Of(e) != DamageSign.None)
                throw new DamagedDatabaseException($"'{path}' is damaged: {e.Message}", e);
            throw;
        }
    }

    // The checkpoint on closing needs disk space and fails again on damaged pages; the log retains what it would have moved.
    private static void Shut(LiteDatabase? database, LiteDbFiles? files)
    {
        try
        {
            database?.Dispose();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The files are closed below in any case.
        }

        files?.Dispose();
    }

    private void Shut() => Shut(database, files);

    private string LogPath => LiteDbLog.Of(path);

    private InvalidDataException NoDatabase() =>
        new($"'{path}' is not a LiteDB database. Move it away; the edge agent then creates a new one.");

    private T Locked<T>(Func<LiteDatabase, T> read)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            try
            {
                OpenAgain();
                return read(database);
            }
            catch (Exception e) when (files is { Fault: { } refused } && !closed)
            {
                // Data that the disk refused to write cannot be read back, which looks like damage; the file itself is unchanged.
                if (!Reopen())
                    throw new IOException($"The evidence store '{path}' cannot be read: {refused.Message}", e);
                return read(database);
            }
            catch (Exception e) when (DatabaseDamage.Of(e) != DamageSign.None)
            {
                if (!RescueIfDamaged(e))
                    throw;
                return read(database);
            }
            catch (LiteException e) when (e.ErrorCode is LiteException.ENGINE_DISPOSED or LiteException.DATABASE_SHUTDOWN)
            {
                // An earlier failure closed the engine; the file is unchanged.
                if (!Reopen())
                    Rescue(e.Message);
                return read(database);
            }
        }
    }

    // Commits the change, then writes the finding's copy: a crash in between leaves the copy outdated, which the next start corrects.
    private void ChangeOf(FindingId finding, Action<LiteDatabase> write)
    {
        Change(write);
        _ = Locked(_ => CopyOf(finding.ToString()));
    }

    /// <exception cref="IOException">The disk is full or failing; nothing of the change is stored.</exception>
    private void Change(Action<LiteDatabase> write, bool again = false)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            try
            {
                OpenAgain();
                FinishRescue();
                database.BeginTrans();
                write(database);
                database.Commit();
                // LiteDB writes its log in the background and reports a failure with the next write: only a checkpoint confirms this one.
                database.Checkpoint();
                files?.ThrowIfFailed();
            }
            catch (Exception thrown)
            {
                // Data that the disk refused to write cannot be read back, which looks like damage.
                var e = files?.Fault ?? thrown;
                // LiteDB closes its engine after a failed write; reopening replays the log up to the last complete transaction.
                var opens = Reopen();
                if (!opens || DatabaseDamage.Of(e) != DamageSign.None)
                {
                    if (again)
                        throw new IOException($"The evidence store '{path}' cannot be written, although it was rebuilt: {e.Message}", e);
                    if (opens ? RescueIfDamaged(e) : RescueFor(e.Message))
                    {
                        Change(write, again: true);
                        return;
                    }
                }

                if (e is LiteException or IOException)
                    throw new IOException($"The evidence store '{path}' cannot be written: {e.Message}", e);
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
            }
        }
    }

    /// <returns>False when the file is damaged.</returns>
    /// <exception cref="IOException">The disk refuses; the next caller retries.</exception>
    private bool Reopen()
    {
        try
        {
            database.Rollback();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The engine is closed already, or fails again on its pages.
        }

        Shut();
        closed = true;
        try
        {
            OpenAgain();
            return true;
        }
        catch (Exception e) when (e is DamagedDatabaseException or InvalidDataException)
        {
            return false;
        }
    }

    private void OpenAgain()
    {
        if (!closed)
            return;
        database = Open();
        closed = false;
    }
}
