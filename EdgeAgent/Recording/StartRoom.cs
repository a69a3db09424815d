namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>
/// Frees disk space before startup: regular retention only runs once the evidence store is open, and a full disk could prevent the store
/// from ever opening.
/// </summary>
internal static class StartRoom
{
    private const double Gigabyte = 1e9;

    /// <summary>
    /// Deletes the oldest recordings until <see cref="RecordingOptions.KeepFreeGigabytes"/> are free. Deletes nothing else.
    /// </summary>
    /// <param name="root">Folder of the recordings: camera, day, segments.</param>
    /// <returns>Number of deleted segments; 0 where the disk has enough space, or no recordings.</returns>
    /// <exception cref="IOException">A recording cannot be deleted.</exception>
    public static int Make(string root, RecordingOptions options)
    {
        if (!Directory.Exists(root))
            return 0;
        // Summed up, because some file systems release the space later.
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
