using System.Globalization;
using BrightKitchen.Contracts;
using BrightKitchen.Contracts.Sealing;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>What the store does about damage: the database is set aside, and what is whole in it or in the copies makes a new one.</summary>
internal sealed partial class EvidenceStore
{
    // LiteDB throws whatever its code meets on pages that make no sense. Ours are InvalidDataException, the disk's are IOException.
    private static bool IsDamage(Exception e) => !IsOfTheDisk(e)
        && e is not (InvalidDataException or OperationCanceledException or OutOfMemoryException or LiteException { ErrorCode: LiteException.INDEX_DUPLICATE_KEY or LiteException.LOCK_TIMEOUT });

    // A full disk closes the engine too, which then complains of itself.
    private static bool IsOfTheDisk(Exception? e) => e is IOException || (e is not null && IsOfTheDisk(e.InnerException));

    private LiteDatabase OpenOrRescue()
    {
        RefuseForeignFile();
        try
        {
            database = Open();
            if (IsSound())
                return database;
            Rescue("its pages make no sense");
        }
        catch (Exception e) when (e is InvalidDataException || IsDamage(e))
        {
            Rescue(e.Message);
        }

        return database;
    }

    // Reads every document once; parts are compared with their digests when they are read.
    private bool IsSound()
    {
        try
        {
            var (findings, manifests) = (database.GetCollection<FindingDocument>("findings"), database.GetCollection<ManifestDocument>("manifests"));
            var documents = findings.FindAll().ToList();
            foreach (var document in documents)
            {
                _ = ReportOf(document);
                if (!FindingId.TryParse(document.Id, null, out _) || findings.FindById(document.Id) is null || database.FileStorage.FindById(FileId(Stills, document.Id)) is null)
                    return false;
            }

            // An index can be broken for itself: what is asked by it then is not found, and nothing is thrown.
            if (findings.Query().Where(f => f.OpenedAtMs >= 0).ToList().Count != documents.Count || manifests.Query().Where(m => m.AtMs >= 0).ToList().Count != manifests.FindAll().Count())
                return false;

            foreach (var entry in database.GetCollection<OutboxDocument>("outbox").FindAll())
            {
                if (!FindingId.TryParse(entry.Finding, null, out _))
                    return false;
            }

            return manifests.FindAll().All(m => m.Signed.Length > 0);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return false;
        }
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

    /// <summary>Sets the database aside and makes a new one of what is whole. Everything in it is offered to the server again, which knows it by its ids.</summary>
    private void Rescue(string why)
    {
        try
        {
            database?.Dispose();
        }
        catch (Exception e) when (IsDamage(e) || e is IOException)
        {
            // It is set aside as it is.
        }

        var aside = $"{path}.damaged-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        for (var twice = 2; File.Exists(aside); twice++)
            aside = $"{aside.Split('~')[0]}~{twice}";
        var log = Path.ChangeExtension(path, null) + "-log" + Path.GetExtension(path);
        if (File.Exists(path))
            File.Move(path, aside, overwrite: true);
        if (File.Exists(log))
            File.Move(log, aside + "-log", overwrite: true);
        database = Open();
        database.UserVersion = Version;
        var lost = Reconcile();
        // A damaged copy may be whole in the database.
        var known = database.GetCollection<FindingDocument>("findings").FindAll().Select(f => f.Id).ToHashSet();
        foreach (var finding in WholeIn(aside, known))
        {
            Change(db => Import(db, finding));
            CopyOf(finding.Report.Id.ToString());
            lost.Remove(finding.Report.Id.ToString());
        }

        var found = database.GetCollection<FindingDocument>("findings").Count();
        Rescued = $"The evidence database was damaged ({why}) and is set aside as {Path.GetFileName(aside)}; {found} findings were put together anew"
            + (lost.Count == 0 ? ", nothing was lost." : $", {lost.Count} are lost: {string.Join(", ", lost.Take(20))}.");
    }

    // What can still be read of a damaged database, each finding by itself; a structure that breaks the engine costs what lies behind it.
    private static List<KeptFinding> WholeIn(string aside, HashSet<string> known)
    {
        var whole = new List<KeptFinding>();
        var scratch = aside + ".scratch";
        try
        {
            if (!File.Exists(aside))
                return whole;
            List<string> ids = [];
            File.Copy(aside, scratch, overwrite: true);
            using (var db = new LiteDatabase(scratch))
                ids = [.. db.GetCollection<FindingDocument>("findings").FindAll().Select(f => f.Id).Where(id => !known.Contains(id) && FindingId.TryParse(id, null, out _))];
            foreach (var id in ids)
            {
                File.Copy(aside, scratch, overwrite: true);
                File.Delete(scratch + "-log");
                try
                {
                    using var db = new LiteDatabase(scratch);
                    if (Kept(db, id) is { } finding)
                        whole.Add(finding);
                }
                catch (Exception e) when (IsDamage(e) || e is IOException)
                {
                    // This one is lost.
                }
            }
        }
        catch (Exception e) when (IsDamage(e) || e is IOException)
        {
            // Nothing more of it can be read.
        }
        finally
        {
            File.Delete(scratch);
        }

        return whole;
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
            db.GetCollection<ManifestDocument>("manifests").Upsert(new ManifestDocument
            {
                Id = number,
                Finding = document.Id,
                Signed = signed,
                AtMs = Jws.Peek<Manifest>(signed)?.At.ToUnixTimeMilliseconds() ?? document.OpenedAtMs,
            });
        }

        Enqueue(db, document.Id, Reports);
        Enqueue(db, document.Id, Stills);
        if (document is { ClipFinal: true, ClipBytes: > 0 })
            Enqueue(db, document.Id, Clips);
    }

    // Makes the copies that a crash left out, and takes back what the database lacks.
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
                if (copies.Glance(id) is not var (final, report) || final != document.ClipFinal || report.ClosedAt is null != document.ClosedAtMs is null)
                    CopyOf(document.Id);
                // Where both tell of the same moment and differ, the one that vouches for itself is right.
                else if (System.Text.Json.JsonSerializer.Serialize(report) != document.Report && copies.Read(id) is { } whole)
                    Change(db => Import(db, whole));
            }

            return lost;
        }
    }

    private void CopyOf(string id)
    {
        if (Kept(database, id) is { } finding)
            copies.Write(finding);
    }

    /// <summary>A finding as it lies in a database; null where a part is not what its digest says.</summary>
    private static KeptFinding? Kept(LiteDatabase db, string id)
    {
        if (db.GetCollection<FindingDocument>("findings").FindById(id) is not { } document || PartIn(db, id, EvidencePart.Still) is not { } still || Sha256Of(still) != document.StillSha256)
            return null;
        var clip = document.ClipBytes > 0 ? PartIn(db, id, EvidencePart.Clip) : [];
        return clip is null || (clip.Length > 0 && Sha256Of(clip) != document.ClipSha256) ? null : new(
            ReportOf(document), document.ClipFinal, db.GetCollection<ManifestDocument>("manifests").Query().Where(m => m.Finding == id).ToEnumerable().ToDictionary(m => m.Id, m => m.Signed), still, clip);
    }
}
