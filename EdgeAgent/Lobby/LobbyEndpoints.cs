using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Evidence;
using Microsoft.AspNetCore.Http.HttpResults;
using OpenCvSharp;

namespace BrightKitchen.EdgeAgent.Lobby;

/// <summary>
/// Endpoints for this site's kiosk in addition to the live picture: analysis of the person in front of it, and the evidence of the
/// kitchen's own alerts.
/// </summary>
internal static class LobbyEndpoints
{
    private const int LargestPicture = 2 << 20;
    private const int LongestVisit = 64;
    private const int Quality = 80;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <param name="local">The route group that the kiosk's key authorises.</param>
    public static void MapLobby(this RouteGroupBuilder local)
    {
        local.MapPost("/look", LookAt);
        local.MapGet("/look/{camera}", LookBy);
        local.MapGet("/findings/{id}/still", (FindingId id, EvidenceStore store) => Part(store, id, EvidencePart.Still));
        local.MapGet("/findings/{id}/clip", (FindingId id, EvidenceStore store) => Part(store, id, EvidencePart.Clip));
    }

    private static async Task<Results<Ok<LobbyLook>, ProblemHttpResult>> LookAt(
        HttpContext http,
        string? visit,
        bool? code,
        LobbyAnalyzer analyzer,
        CancellationToken cancel
    )
    {
        if (http.Request.ContentLength is not (> 0 and <= LargestPicture) || visit is null or { Length: > LongestVisit })
            return TypedResults.Problem(
                $"A JPEG of at most {LargestPicture >> 20} MB and a visit id are required.",
                statusCode: StatusCodes.Status400BadRequest
            );
        using var bytes = new MemoryStream();
        await http.Request.Body.CopyToAsync(bytes, cancel);
        using var picture = Cv2.ImDecode(bytes.ToArray(), ImreadModes.Color);
        return picture.Empty()
            ? TypedResults.Problem("The image cannot be decoded.", statusCode: StatusCodes.Status400BadRequest)
            : TypedResults.Ok(await analyzer.LookAsync(picture, visit, code == true, cancel));
    }

    private static async Task<Results<Ok<LobbyLook>, NotFound>> LookBy(
        CameraId camera,
        string? visit,
        bool? code,
        CameraSet cameras,
        FrameRequests frames,
        LobbyAnalyzer analyzer,
        CancellationToken cancel
    )
    {
        if (!cameras.Slots.ContainsKey(camera) || visit is null or { Length: > LongestVisit })
            return TypedResults.NotFound();
        try
        {
            using var frame = await frames.NextAsync(camera, Patience, cancel);
            var look = await analyzer.LookAsync(frame, visit, code == true, cancel);
            return TypedResults.Ok(
                look with
                {
                    Picture = frame.ToBytes(".jpg", new ImageEncodingParam(ImwriteFlags.JpegQuality, Quality)),
                }
            );
        }
        catch (TimeoutException)
        {
            return TypedResults.NotFound();
        }
    }

    private static Results<FileContentHttpResult, NotFound> Part(EvidenceStore store, FindingId id, EvidencePart part)
    {
        try
        {
            return store.Find(id) is not null && store.Part(id.ToString(), part).Bytes is { Length: > 0 } bytes
                ? TypedResults.Bytes(bytes, part == EvidencePart.Clip ? "video/mp4" : "image/jpeg", enableRangeProcessing: true)
                : TypedResults.NotFound();
        }
        catch (InvalidDataException)
        {
            return TypedResults.NotFound();
        }
    }
}
