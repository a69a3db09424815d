using BrightKitchen.EdgeAgent.Host;
using LiteDB;

namespace BrightKitchen.EdgeAgent.Evidence;

/// <summary>LiteDB uses freed pages again and never gives them back: a disk that was full once would stay so.</summary>
internal sealed partial class EvidenceStore
{
    private static readonly string[] Collections = ["findings", "manifests", "outbox", "holds", "counters", "_files", "_chunks"];

    /// <summary>Bytes of the database file.</summary>
    public long FileBytes => File.Exists(path) ? new FileInfo(path).Length : 0;

    /// <summary>Bytes of the stills and clips in it.</summary>
    public long LiveBytes => Locked(db => db.GetCollection<FindingDocument>("findings").FindAll().Sum(f => f.StillBytes + f.ClipBytes));

    /// <summary>
    /// Gives freed space back to the disk: a copy is rebuilt beside the database, counted, synced and put in its place by one renaming, so
    /// that a crash at any moment leaves the one or the other. Whoever writes waits meanwhile.
    /// </summary>
    /// <returns>Bytes that were given back; 0 where the disk has no room for the copy.</returns>
    /// <exception cref="IOException">The disk does not take the copy; the database is as it was.</exception>
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
                        throw new IOException("The rebuilt database lacks something; the old one stays.");
                }

                using (var file = File.OpenHandle(copy, FileMode.Open, FileAccess.ReadWrite))
                    RandomAccess.FlushToDisk(file);
                File.Move(copy, path, overwrite: true);
                Durable.SyncFolder(folder);
            }
            catch (Exception e) when (e is not (IOException or UnauthorizedAccessException or OutOfMemoryException))
            {
                throw new IOException($"The database cannot be rebuilt and stays as it is: {e.Message}", e);
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

    // What a crash left of an earlier copy, and what Rebuild leaves beside its own.
    private void Scrub()
    {
        var folder = Path.GetDirectoryName(CompactPath)!;
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, Path.GetFileName(CompactPath) + "*"))
            File.Delete(file);
    }
}
