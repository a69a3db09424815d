using BrightKitchen.EdgeAgent.Host;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>
/// LiteDB reuses freed pages but never returns them to the disk: without compaction, a disk that was full once stays full.
/// </summary>
internal sealed partial class EvidenceStore
{
    private static readonly string[] Collections = ["findings", "manifests", "outbox", "holds", "counters", "_files", "_chunks"];

    /// <summary>Size of the database file, bytes.</summary>
    public long FileBytes => File.Exists(path) ? new FileInfo(path).Length : 0;

    /// <summary>Size of the stills and clips in the database, bytes.</summary>
    public long LiveBytes => Locked(db => db.GetCollection<FindingDocument>("findings").FindAll().Sum(f => f.StillBytes + f.ClipBytes));

    /// <summary>
    /// Returns freed space to the disk: rebuilds a copy beside the database, compares document counts, syncs it and renames it over the
    /// database, so that a crash at any point leaves either the old or the new file. Other callers wait meanwhile.
    /// </summary>
    /// <returns>Bytes freed; 0 when the disk has no room for the copy.</returns>
    /// <exception cref="IOException">The disk refuses the copy; the database is unchanged.</exception>
    public long Compact()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            var (before, copy, folder) = (FileBytes, CompactPath + Path.GetExtension(path), Path.GetDirectoryName(CompactPath)!);
            if (new DriveInfo(folder).AvailableFreeSpace < before * 2)
                return 0;
            Scrub();
            var counts = Counts(database);
            database.Checkpoint();
            if (files is { Fault: { } refused })
            {
                Reopen();
                throw new IOException($"The database cannot be compacted: {refused.Message}", refused);
            }

            Shut();
            try
            {
                File.Copy(path, copy);
                using (var rebuilt = new LiteDatabase(copy))
                {
                    rebuilt.Rebuild();
                    if (!counts.SequenceEqual(Counts(rebuilt)) || rebuilt.UserVersion != Version)
                        throw new IOException("The rebuilt database is incomplete; the existing database remains in use.");
                }

                using (var file = File.OpenHandle(copy, FileMode.Open, FileAccess.ReadWrite))
                    RandomAccess.FlushToDisk(file);
                File.Move(copy, path, overwrite: true);
                Durable.SyncFolder(folder);
            }
            catch (Exception e) when (e is not (IOException or UnauthorizedAccessException or OutOfMemoryException))
            {
                throw new IOException($"The database cannot be rebuilt and remains unchanged: {e.Message}", e);
            }
            finally
            {
                Scrub();
                database = OpenOrRescue();
            }

            return before - FileBytes;
        }
    }

    private static List<int> Counts(LiteDatabase db) => [.. Collections.Select(c => db.GetCollection(c).Count())];

    private string CompactPath => Path.ChangeExtension(Path.GetFullPath(path), null) + "-compact";

    // Deletes what a crash left of an earlier copy, and the backup that Rebuild leaves beside its own file.
    private void Scrub()
    {
        var folder = Path.GetDirectoryName(CompactPath)!;
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, Path.GetFileName(CompactPath) + "*"))
            File.Delete(file);
    }
}
