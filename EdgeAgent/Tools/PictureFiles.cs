using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>Picture files for the tools.</summary>
internal static class PictureFiles
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".jfif"];

    public static bool Is(string path) => Endings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>All pictures in a folder and its subfolders, ordered by path.</summary>
    public static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(Is).Order(StringComparer.Ordinal);

    /// <summary>8-bit BGR; null when the file is not a picture.</summary>
    public static Mat? Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length == 0)
            return null;
        var bgr = Cv2.ImDecode(bytes, ImreadModes.Color);
        if (!bgr.Empty())
            return bgr;
        bgr.Dispose();
        return null;
    }
}
