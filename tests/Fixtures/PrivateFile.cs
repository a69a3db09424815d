using System.Text;

namespace BrightKitchen.Fixtures;

/// <summary>Files with secrets: readable for this user alone from the first byte on.</summary>
internal static class PrivateFile
{
    public static async Task WriteAsync(string path, string text, CancellationToken cancel)
    {
        File.Delete(path);
        await using var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        );
        await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancel);
    }
}
