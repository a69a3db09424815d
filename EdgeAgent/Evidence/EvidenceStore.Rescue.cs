using System.Globalization;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.Sealing;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>
/// Recovery from damage: the database is set aside, and a new one is built from whatever is intact in it and in the copies.
/// </summary>
internal sealed partial class EvidenceStore
{
    private Unfinished? unfinished;
    private bool rescuing;

    private LiteDatabase OpenOrRescue()
    {
        unfinished = ReadNote();
        var look = DatabaseDamage.LookAt(path);
        // Copies beside the file show that this is the edge agent's folder and that the file was its database: setting it aside loses
        // nothing, while refusing to start loses a day of monitoring.
        if (look == DatabaseDamage.Look.Foreign && !copies.Ids().Any())
            throw NoDatabase();
        var empty = new FileInfo(path) is not { Exists: true, Length: > 0 };
        if (look != DatabaseDamage.Look.Sound && (!empty || copies.Ids().Any()))
        {
            Rescue(
                empty ? "it is empty"
                : look == DatabaseDamage.Look.Foreign ? "it is not a LiteDB database"
                : "its header is lost"
            );
            return database;
        }

        if (empty && copies.Ids().Any())
        {
            Rescue("it is missing");
            return database;
        }

        try
        {
            database = Open();
            if (!IsSound(throughout: false))
                Rescue("its pages are inconsistent");
            else
                FinishRescue();
        }
        catch (Exception e) when (DatabaseDamage.Of(e) != DamageSign.None)
        {
            Rescue(e.Message);
        }

        return database;
    }

    /// <returns>
    /// Whether the database was damaged. A database that can be read and written completely is not, whatever the exception says.
    /// </returns>
    private bool RescueIfDamaged(Exception e)
    {
        var damaged = DatabaseDamage.Of(e) switch
        {
            DamageSign.Certain => true,
            DamageSign.Suspected => !Reopen() || !IsSound(throughout: true),
            _ => false,
        };
        return damaged && RescueFor(e.Message);
    }

    private bool RescueFor(string why)
    {
        Rescue(why);
        return true;
    }

    /// <summary>Reads every document once; stills and clips are compared with their digests when they are read.</summary>
    /// <param name="throughout">Also reads every still and clip, and attempts a write that is rolled back.</param>
    private bool IsSound(bool throughout)
    {
        try
        {
            var (findings, manifests) = (
                database.GetCollection<FindingDocument>("findings"),
                database.GetCollection<ManifestDocument>("manifests")
            );
            var documents = findings.FindAll().ToList();
            foreach (var document in documents)
            {
                _ = ReportOf(document);
                if (
                    !FindingId.TryParse(document.Id, null, out _)
                    || findings.FindById(document.Id) is null
                    || database.FileStorage.FindById(FileId(Stills, document.Id)) is null
                )
                    return false;
                if (throughout)
                    _ = Kept(database, document.Id);
            }

            // An index can be damaged on its own: a query through it then misses documents without throwing.
            if (
                findings.Query().Where(f => f.OpenedAtMs >= 0).ToList().Count != documents.Count
                || manifests.Query().Where(m => m.AtMs >= 0).ToList().Count != manifests.FindAll().Count()
            )
                return false;

            foreach (var entry in database.GetCollection<OutboxDocument>("outbox").FindAll())
            {
                if (!FindingId.TryParse(entry.Finding, null, out _))
                    return false;
            }

            if (throughout)
            {
                if (!Collections.All(IsReadableBothWays))
                    return false;
                TryToWrite();
            }

            // A damaged log is detected only when the checkpoint moves it into the database.
            database.Checkpoint();
            files?.ThrowIfFailed();
            return manifests.FindAll().All(m => m.Signed.Length > 0);
        }
        catch (Exception e) when (files is { Fault: { } refused } && e != refused)
        {
            // Data that the disk refused to write cannot be read back, which looks like damage.
            throw new IOException($"The evidence store '{path}' cannot be written: {refused.Message}", refused);
        }
        catch (Exception e) when (DatabaseDamage.Of(e) != DamageSign.None)
        {
            return false;
        }
    }

    private bool IsReadableBothWays(string collection)
    {
        var documents = database.GetCollection(collection);
        var (up, down) = (documents.Query().OrderBy("_id").ToList(), documents.Query().OrderByDescending("_id").ToList());
        return up.Count == down.Count && up.All(d => documents.FindById(d["_id"]) is not null);
    }

    // Damaged free pages are detected only by a write.
    private void TryToWrite()
    {
        const int partBytes = 1 << 18;
        const string probe = "probe";
        database.BeginTrans();
        Upload(database, Clips, probe, new byte[partBytes]);
        database.GetCollection<FindingDocument>("findings").Insert(new FindingDocument { Id = probe });
        database.GetCollection<OutboxDocument>("outbox").Insert(new OutboxDocument { Id = long.MaxValue, Finding = probe });
        database.GetCollection<ManifestDocument>("manifests").Insert(new ManifestDocument { Id = long.MaxValue, Finding = probe });
        database.Rollback();
    }

    private static byte[]? PartIn(LiteDatabase db, string id, EvidencePart part)
    {
        using var bytes = new MemoryStream();
        try
        {
            db.FileStorage.Download(FileId(part == EvidencePart.Clip ? Clips : Stills, id), bytes);
            return bytes.ToArray();
        }
        catch (LiteException e) when (e.ErrorCode == LiteException.FILE_NOT_FOUND)
        {
            return null;
        }
    }

    /// <summary>
    /// Sets the database aside and builds a new one from whatever is intact. All findings are queued for the server again, which recognises
    /// them by their ids.
    /// </summary>
    /// <exception cref="IOException">
    /// The disk has no room for everything: the rescue resumes with the next change and with the next start.
    /// </exception>
    private void Rescue(string why)
    {
        Shut();
        closed = true;
        var aside = $"{path}.damaged-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        for (var twice = 2; File.Exists(aside); twice++)
            aside = $"{aside.Split('~')[0]}~{twice}";
        // Written before anything is moved, so that a rescue interrupted by a crash or a full disk is recognised and resumed.
        var noted = new Unfinished(why.ReplaceLineEndings(" "), [.. unfinished?.Aside ?? [], Path.GetFileName(aside)]);
        PrivateFile.Write(NotePath, string.Join('\n', noted.Aside.Prepend(noted.Why)));
        unfinished = noted;
        if (File.Exists(path))
            File.Move(path, aside, overwrite: true);
        if (File.Exists(LogPath))
            File.Move(LogPath, aside + "-log", overwrite: true);
        database = Open();
        closed = false;
        database.UserVersion = Version;
        FinishRescue();
    }

    // Idempotent: skips what the new database already contains, so that it may be called repeatedly.
    private void FinishRescue()
    {
        if (unfinished is not { } begun || rescuing)
            return;
        var (why, asides) = begun;
        rescuing = true;
        try
        {
            var lost = Reconcile();
            // A finding whose copy is damaged may be intact in the database.
            var known = database.GetCollection<FindingDocument>("findings").FindAll().Select(f => f.Id).ToHashSet();
            foreach (var aside in asides.Select(a => Path.Combine(Folder, a)).Where(File.Exists))
            {
                ImportChain(aside);
                foreach (var id in IdsIn(aside).Where(id => !known.Contains(id)))
                {
                    if (ReadAside(aside, db => Kept(db, id)) is not { } finding)
                    {
                        lost.Add(id);
                        continue;
                    }

                    Change(db => Import(db, finding));
                    CopyOf(id);
                    known.Add(id);
                }
            }

            lost.ExceptWith(known);
            HoldAgain(asides);
            // The new database was itself found damaged meanwhile: there is one more set-aside file to read.
            if (unfinished != begun)
            {
                rescuing = false;
                FinishRescue();
                return;
            }

            var where = asides.Where(a => File.Exists(Path.Combine(Folder, a))).ToList() is { Count: > 0 } there
                ? $" and was renamed to {string.Join(", ", there)}"
                : "";
            Rescued =
                $"The evidence database was damaged ({why}){where}; {known.Count} findings were restored"
                + (
                    lost.Count > 0 ? $", {lost.Count} are lost: {string.Join(", ", lost.Take(20))}."
                    : known.Count > 0 ? ", nothing was lost."
                    : ": the database could not be read, and there were no copies."
                );
            unfinished = null;
            File.Delete(NotePath);
            if (lost.Count == 0)
                DeleteOlderAsides(asides);
        }
        finally
        {
            rescuing = false;
        }
    }

    // Includes the entries of findings that were delivered and deleted long ago: the chain's numbering must continue where it was.
    private void ImportChain(string aside)
    {
        var entries = AllIn(aside, "manifests");
        var there = database.GetCollection<ManifestDocument>("manifests").FindAll().Select(m => m.Id).ToHashSet();
        foreach (
            var lot in entries
                .Where(e => e["_id"].IsInt64 && !there.Contains(e["_id"].AsInt64) && e["Signed"].IsString)
                .DistinctBy(e => e["_id"].AsInt64)
                .Chunk(500)
        )
            Change(db => db.GetCollection("manifests").Upsert(lot));
    }

    private static HashSet<string> IdsIn(string aside) =>
        [
            .. AllIn(aside, "findings")
                .Select(f => f["_id"])
                .Where(id => id.IsString && FindingId.TryParse(id.AsString, null, out _))
                .Select(id => id.AsString),
        ];

    // Reads from both ends: a document that breaks the engine then costs only itself, not the documents before and after it.
    private static List<BsonDocument> AllIn(string aside, string collection)
    {
        var all = new List<BsonDocument>();
        foreach (var order in new[] { Query.Ascending, Query.Descending })
        {
            _ = ReadAside(aside, db =>
            {
                foreach (var document in db.GetCollection(collection).Find(Query.All(order)))
                    all.Add(document);
                return collection;
            });
        }

        return all;
    }

    // Findings under legal hold must not be deleted, and the server does not resend its list while the connection lasts.
    private void HoldAgain(IReadOnlyList<string> asides)
    {
        var wanted = asides
            .Select(a => Path.Combine(Folder, a))
            .Where(File.Exists)
            .SelectMany(a => AllIn(a, "holds").Select(h => h["_id"]).Where(id => id.IsString).Select(id => id.AsString))
            .Concat(held)
            .ToHashSet();
        wanted.ExceptWith(Holds(database));
        if (wanted.Count > 0)
            Change(db => db.GetCollection<HoldDocument>("holds").Upsert(wanted.Select(id => new HoldDocument { Id = id })));
        held = Holds(database).ToHashSet();
    }

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private string NotePath => path + ".rescue";

    // A database that is damaged every week must not fill the disk with set-aside files that have already been read.
    private void DeleteOlderAsides(IReadOnlyList<string> asides)
    {
        try
        {
            foreach (
                var old in Directory
                    .GetFiles(Folder, Path.GetFileName(path) + ".damaged-*")
                    .Where(f => !asides.Any(a => Path.GetFileName(f).StartsWith(a, StringComparison.Ordinal)))
            )
                File.Delete(old);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next rescue retries.
        }
    }

    // Opened separately for each read: once a document has broken the engine, that engine reads nothing more.
    private static T? ReadAside<T>(string aside, Func<LiteDatabase, T?> read)
        where T : class
    {
        foreach (var log in File.Exists(aside + "-log") ? new[] { aside + "-log", null } : [null])
        {
            try
            {
                using var own = LiteDbFiles.OpenToRead(aside, log);
                using var db = new LiteDatabase(own.Data, null, own.Log);
                if (read(db) is { } found)
                    return found;
            }
            catch (Exception e)
                when (DatabaseDamage.Of(e) != DamageSign.None || e is IOException or LiteException or ObjectDisposedException)
            {
                // Not readable this way: continue without the log.
            }
        }

        return null;
    }

    private void Import(LiteDatabase db, KeptFinding finding)
    {
        var document = new FindingDocument
        {
            Id = finding.Report.Id.ToString(),
            Camera = finding.Report.Camera.Value,
            Kind = finding.Report.Kind,
            OpenedAtMs = finding.Report.OpenedAt.ToUnixTimeMilliseconds(),
            ClosedAtMs = finding.Report.ClosedAt?.ToUnixTimeMilliseconds(),
            Report = System.Text.Json.JsonSerializer.Serialize(finding.Report),
            ClipFinal = finding.Final,
            StillSha256 = Sha256Of(finding.Still),
            StillBytes = finding.Still.Length,
            ClipSha256 = finding.Clip.Length == 0 ? "" : Sha256Of(finding.Clip),
            ClipBytes = finding.Clip.Length,
        };
        Upload(db, Stills, document.Id, finding.Still);
        if (finding.Clip.Length > 0)
            Upload(db, Clips, document.Id, finding.Clip);
        db.GetCollection<FindingDocument>("findings").Upsert(document);
        foreach (var (number, signed) in finding.Manifests)
        {
            db.GetCollection<ManifestDocument>("manifests")
                .Upsert(
                    new ManifestDocument
                    {
                        Id = number,
                        Finding = document.Id,
                        Signed = signed,
                        AtMs = Jws.Peek<Manifest>(signed)?.At.ToUnixTimeMilliseconds() ?? document.OpenedAtMs,
                    }
                );
        }

        Enqueue(db, document.Id, Reports);
        Enqueue(db, document.Id, Stills);
        if (document is { ClipFinal: true, ClipBytes: > 0 })
            Enqueue(db, document.Id, Clips);
    }

    // Writes the copies that a crash left out, and restores from the copies what the database lacks.
    /// <returns>Findings whose copy is damaged and that the database does not have.</returns>
    private HashSet<string> Reconcile()
    {
        lock (gate)
        {
            var lost = new HashSet<string>();
            var documents = database.GetCollection<FindingDocument>("findings").FindAll().ToDictionary(f => f.Id);
            foreach (var id in copies.Ids().Where(id => !documents.ContainsKey(id.ToString())).ToList())
            {
                if (copies.Read(id) is { } finding)
                    Change(db => Import(db, finding));
                else
                    lost.Add(id.ToString());
            }

            foreach (var document in documents.Values)
            {
                var id = FindingId.Parse(document.Id, null);
                if (
                    copies.Glance(id) is not var (final, report)
                    || final != document.ClipFinal
                    || report.ClosedAt is null != document.ClosedAtMs is null
                )
                    CopyOf(document.Id);
                // Where both describe the same state and differ, the copy is right: it carries its own digest.
                else if (System.Text.Json.JsonSerializer.Serialize(report) != document.Report && copies.Read(id) is { } whole)
                    Change(db => Import(db, whole));
            }

            return lost;
        }
    }

    /// <returns>Whether the finding is intact and its copy is written.</returns>
    private bool CopyOf(string id)
    {
        if (Kept(database, id) is not { } finding)
            return false;
        copies.Write(finding);
        return true;
    }

    /// <summary>A finding as stored in a database; null when a still or clip does not match its digest.</summary>
    private static KeptFinding? Kept(LiteDatabase db, string id)
    {
        if (
            db.GetCollection<FindingDocument>("findings").FindById(id) is not { } document
            || PartIn(db, id, EvidencePart.Still) is not { } still
            || Sha256Of(still) != document.StillSha256
        )
            return null;
        var clip = document.ClipBytes > 0 ? PartIn(db, id, EvidencePart.Clip) : [];
        return clip is null || (clip.Length > 0 && Sha256Of(clip) != document.ClipSha256)
            ? null
            : new(
                ReportOf(document),
                document.ClipFinal,
                db.GetCollection<ManifestDocument>("manifests")
                    .Query()
                    .Where(m => m.Finding == id)
                    .ToEnumerable()
                    .ToDictionary(m => m.Id, m => m.Signed),
                still,
                clip
            );
    }

    private Unfinished? ReadNote()
    {
        if (!File.Exists(NotePath))
            return null;
        var lines = File.ReadAllText(NotePath).Split('\n');
        return new(lines[0], [.. lines.Skip(1).Where(l => l.Length > 0 && l == Path.GetFileName(l))]);
    }

    /// <param name="Aside">File names of the databases that were set aside and must be read.</param>
    private sealed record Unfinished(string Why, IReadOnlyList<string> Aside);
}
