using BrightKitchen.CentralServer.Pictures;

namespace BrightKitchen.CentralServer.Cases;

/// <summary>
/// The pictures of reports. A picture is stored once its report passes the checks. If the report is rejected afterwards, the picture
/// remains until <see cref="PictureSweep"/> removes it, because a report that is being written at that moment may refer to the same
/// picture.
/// </summary>
internal sealed class ReportPictures(CaseService cases, PictureFiles pictures)
{
    /// <returns>Why the report is rejected, or its picture's digest; both null for a valid report without a picture.</returns>
    public async Task<(string? Fault, string? Digest)> StoreAsync(
        string siteId,
        string? text,
        IFormFile? picture,
        bool isVisitor,
        CancellationToken cancel
    )
    {
        if (await cases.RefusalAsync(siteId, text, picture is { Length: > 0 }, isVisitor, cancel) is { } fault)
            return (fault, null);
        var (digest, refused) = await pictures.StoreAsync(picture, cancel);
        return (refused ? "picture" : null, digest);
    }
}
