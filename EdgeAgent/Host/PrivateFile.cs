using System.Text;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>Files that only the box's own user may read.</summary>
internal static class PrivateFile
{
    /// <summary>Whole or not at all: written beside and synced first, then put in place.</summary>
    /// <exception cref="IOException">The disk does not take it; the file before is still there.</exception>
    public static void Write(string path, string text)
    {
        Prepare(path, text);
        Place(path);
    }

    /// <summary>Writes and syncs a file beside the one whose place it takes by <see cref="Place"/>, which needs no more space.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Prepare(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(path + ".new", options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
    }

    /// <summary>Puts what <see cref="Prepare"/> wrote in place.</summary>
    public static void Place(string path)
    {
        File.Move(path + ".new", path, overwrite: true);
        Durable.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>
    /// The file's text; made by <paramref name="make"/> where there is none yet, and anew where a power cut left nothing of it: an empty
    /// code or key would let everybody in. What was left is set aside beside it.
    /// </summary>
    /// <param name="isOnlyOne">What another one cannot take the place of; it is not made anew.</param>
    /// <exception cref="InvalidDataException">The only one is damaged.</exception>
    public static string ReadOrMake(string path, Func<string> make, bool isOnlyOne = false)
    {
        if (File.Exists(path) && IsLost(path))
        {
            if (isOnlyOne)
                throw OnlyOneIsDamaged(path);
            File.Move(path, path + ".damaged", overwrite: true);
        }

        if (!File.Exists(path))
            Write(path, make());
        return File.ReadAllText(path);
    }

    public static InvalidDataException OnlyOneIsDamaged(string path) =>
        new($"'{path}' is damaged. Put a copy of it in its place; without one move it away, start again and enrol this device anew.");

    /// <summary>
    /// Whether a JSON file was cut off: what is there is right, and the end is missing. A mistake in the middle is somebody's who edited
    /// it.
    /// </summary>
    public static bool IsCutOff(string path)
    {
        var reader = new System.Text.Json.Utf8JsonReader(File.ReadAllBytes(path), isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                // To where it ends.
            }

            return reader.CurrentDepth > 0;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether nothing of a text is left: a power cut leaves an empty file, or one of NUL.</summary>
    public static bool IsLost(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes.AsSpan().Trim("\r\n\t "u8).IsEmpty || bytes.Contains((byte)0);
    }
}
