namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Room for a start on a full disk: who deletes recordings while the edge agent runs begins after the evidence store is open, which a full
/// disk may keep from opening for good.
/// </summary>
internal static class StartRoom
{
    private const double Gigabyte = 1e9;

    /// <summary>
    /// Deletes the oldest recordings until <see cref="RecordingOptions.KeepFreeGigabytes"/> are free. Nothing else is touched.
    /// </summary>
    /// <param name="root">The folder of recordings: camera, day, segments.</param>
    /// <returns>How many segments went; 0 where the disk has room, or no recordings.</returns>
    /// <exception cref="IOException">The disk does not let them go.</exception>
    public static int Make(string root, RecordingOptions options)
    {
        if (!Directory.Exists(root))
            return 0;
        // Counted, as some file systems give space back later.
        var free = new DriveInfo(root).AvailableFreeSpace;
        var gone = 0;
        var oldest = Directory
            .EnumerateFiles(root, "*" + SegmentName.Extension, SearchOption.AllDirectories)
            .OrderBy(f => Path.GetFileName(Path.GetDirectoryName(f)), StringComparer.Ordinal)
            .ThenBy(Path.GetFileName, StringComparer.Ordinal);
        foreach (var segment in oldest)
        {
            if (free >= options.KeepFreeGigabytes * Gigabyte)
                break;
            free += new FileInfo(segment).Length;
            File.Delete(segment);
            gone++;
        }

        return gone;
    }
}
