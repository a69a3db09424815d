using BrightKitchen.Contracts;
using BrightKitchen.KioskUI.Link;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BrightKitchen.KioskUI.Wall;

internal static class DayEndpoint
{
    /// <summary>The changing part of the wall, polled by wall.js, and the menus' photographs.</summary>
    public static void MapDay(this IEndpointRouteBuilder app)
    {
        app.MapGet("/day", (ScreenCheck screen) =>
        {
            screen.Asked();
            return new RazorComponentResult<DayPanel>();
        });
        app.MapGet(
            "/menu/{digest:regex(^[0-9a-f]{{64}}$)}",
            async Task<Results<FileContentHttpResult, NotFound>> (string digest, MenuPictures pictures, CancellationToken cancel) =>
                await pictures.FindAsync(digest, cancel) is { } bytes
                    ? TypedResults.Bytes(bytes, PictureFormat.MediaType(bytes))
                    : TypedResults.NotFound()
        );
    }
}

/// <summary>Photographs of menus, cached on disk so that they are available while the server is unreachable.</summary>
internal sealed class MenuPictures(string folder, ServerLink link)
{
    private const int Most = 30;

    public async Task<byte[]?> FindAsync(string digest, CancellationToken cancel)
    {
        var file = Path.Combine(folder, digest);
        if (File.Exists(file))
            return await File.ReadAllBytesAsync(file, cancel);
        if (
            await link.MenuPictureAsync(digest, cancel) is not { } bytes
            || Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)) != digest
        )
            return null;
        foreach (
            var old in new DirectoryInfo(Directory.CreateDirectory(folder).FullName)
                .GetFiles()
                .OrderByDescending(f => f.LastWriteTimeUtc)
                .Skip(Most - 1)
        )
            old.Delete();
        await File.WriteAllBytesAsync(file + ".new", bytes, cancel);
        File.Move(file + ".new", file, overwrite: true);
        return bytes;
    }
}
