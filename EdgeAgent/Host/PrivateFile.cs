using System.Text;

namespace BrightKitchen.EdgeAgent.Host;

/// <summary>Files that only the edge agent's own user can read.</summary>
internal static class PrivateFile
{
    /// <summary>Replaces a file atomically: writes and syncs a temporary file beside it, then renames it.</summary>
    /// <exception cref="IOException">The disk rejects the write; the previous file is unchanged.</exception>
    public static void Write(string path, string text)
    {
        Prepare(path, text);
        Place(path);
    }

    /// <summary>
    /// Writes and syncs the temporary file that <see cref="Place"/> renames to <paramref name="path"/>; the rename needs no further space.
    /// </summary>
    /// <exception cref="IOException">The disk rejects the write.</exception>
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

    /// <summary>Renames the file that <see cref="Prepare"/> wrote to its final name.</summary>
    public static void Place(string path)
    {
        File.Move(path + ".new", path, overwrite: true);
        Durable.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>
    /// Reads a file; creates it with <paramref name="make"/> where it does not exist, and again where a power failure left it empty or
    /// filled with NUL: an empty code or key would let everyone in. The damaged file is renamed to <c>*.damaged</c>.
    /// </summary>
    /// <param name="isOnlyOne">The content is irreplaceable: where the file is damaged, it is not created again.</param>
    /// <exception cref="InvalidDataException">The irreplaceable file is damaged.</exception>
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
        new($"'{path}' is damaged. Restore it from a copy; without a copy, move it away, restart and enrol this device again.");

    /// <summary>
    /// Whether a JSON file is truncated: valid up to its end, and incomplete. An error in the middle was made by a person who edited the
    /// file.
    /// </summary>
    public static bool IsCutOff(string path)
    {
        var reader = new System.Text.Json.Utf8JsonReader(File.ReadAllBytes(path), isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                // Read to the end.
            }

            return reader.CurrentDepth > 0;
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether a text file has lost its content: a power failure leaves it empty or with NUL bytes.</summary>
    public static bool IsLost(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes.AsSpan().Trim("\r\n\t "u8).IsEmpty || bytes.Contains((byte)0);
    }
}
