namespace BrightKitchen.KioskUI.Store;

/// <summary>Files that only the kiosk's own user may read.</summary>
internal static class PrivateFile
{
    /// <summary>Writes atomically: a temporary file is written and synced, then renamed.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path + ".new", how))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
