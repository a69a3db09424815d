using System.Security.Cryptography;
using System.Text;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras;
using BrightKitchen.EdgeAgent.Evidence;
using BrightKitchen.EdgeAgent.Host;
using BrightKitchen.EdgeAgent.Live;
using BrightKitchen.EdgeAgent.Lobby;
using BrightKitchen.EdgeAgent.Media;
using BrightKitchen.EdgeAgent.Recording;
using BrightKitchen.EdgeAgent.Site;
using Microsoft.AspNetCore.Http.HttpResults;

namespace BrightKitchen.EdgeAgent.LocalApi;

/// <summary>The bearer key of this site's kiosk; generated at the first start, readable by this user only.</summary>
internal sealed class KioskKey
{
    public KioskKey(AgentFolders folders) =>
        Value = PrivateFile.ReadOrMake(folders.In("kiosk.key"), () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))).Trim();

    private string Value { get; }

    public bool Fits(string? authorization) =>
        authorization is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization), Encoding.UTF8.GetBytes("Bearer " + Value));
}

/// <summary>The on-site API: cameras, their live pictures, recordings and today's findings.</summary>
internal static class LocalEndpoints
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void MapLocalApi(this IEndpointRouteBuilder app)
    {
        var local = app.MapGroup("/local")
            .AddEndpointFilter(
                async (context, next) =>
                    context
                        .HttpContext.RequestServices.GetRequiredService<KioskKey>()
                        .Fits(context.HttpContext.Request.Headers.Authorization)
                        ? await next(context)
                        : TypedResults.Problem("Send the kiosk key as a bearer token.", statusCode: StatusCodes.Status401Unauthorized)
            );
        local.MapGet("/cameras", (CameraStatus board) => TypedResults.Ok(board.All));
        local.MapGet("/today", Today);
        local.MapRecordings();
        local.MapLobby();
        MapLive(local.MapGroup("/live/{camera}"), (cameras, _, camera) => cameras.Slots.GetValueOrDefault(camera)?.Ring);
        MapLive(local.MapGroup("/public/{camera}"), (cameras, views, camera) =>
            cameras.Slots.ContainsKey(camera) ? views.Ask(camera).Ring : null
        );
    }

    private static void MapLive(RouteGroupBuilder live, Func<CameraSet, PublicViews, CameraId, FragmentRing?> ring)
    {
        live.MapGet("", (CameraId camera, CameraSet cameras, PublicViews views) => Window(ring(cameras, views, camera)));
        live.MapGet("/{epoch:long}", (CameraId camera, long epoch, CameraSet cameras, PublicViews views) =>
            Init(ring(cameras, views, camera), epoch)
        );
        live.MapGet(
            "/{epoch:long}/{number:long}",
            (CameraId camera, long epoch, long number, CameraSet cameras, PublicViews views, CancellationToken cancel) =>
                Piece(ring(cameras, views, camera), epoch, number, cancel)
        );
    }

    // Timestamps are in the site's time zone, so that a screen can show them unchanged.
    private static Ok<List<FindingReport>> Today(EvidenceStore store, SiteStore site, AgentClock clock)
    {
        var zone = site.Current.Zone;
        var now = TimeZoneInfo.ConvertTime(clock.ToldNow(), zone);
        return TypedResults.Ok(
            store
                .Since(new DateTimeOffset(now.Date, now.Offset))
                .Select(f =>
                    f with
                    {
                        OpenedAt = TimeZoneInfo.ConvertTime(f.OpenedAt, zone),
                        ClosedAt = f.ClosedAt is { } closed ? TimeZoneInfo.ConvertTime(closed, zone) : null,
                    }
                )
                .ToList()
        );
    }

    // 204: the camera currently delivers nothing.
    private static Results<Ok<LiveWindow>, NoContent, NotFound> Window(FragmentRing? ring) =>
        ring is null ? TypedResults.NotFound()
        : ring.NewestKey() is { } key && ring.Newest is { } last
            ? TypedResults.Ok(new LiveWindow(key.Epoch.Number, key.Epoch.Codec, key.Number, last.Number))
        : TypedResults.NoContent();

    private static Results<FileContentHttpResult, NotFound> Init(FragmentRing? ring, long epoch) =>
        ring?.Newest is { } last && last.Epoch.Number == epoch ? TypedResults.Bytes(last.Epoch.Init, "video/mp4") : TypedResults.NotFound();

    // Long poll for the next fragment, so that a viewer sends one request per fragment.
    private static async Task<Results<FileContentHttpResult, NotFound>> Piece(
        FragmentRing? ring,
        long epoch,
        long number,
        CancellationToken cancel
    )
    {
        if (ring is null)
            return TypedResults.NotFound();
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        wait.CancelAfter(LongestWait);
        try
        {
            return await ring.WaitForAsync(epoch, number, wait.Token) is { } fragment
                ? TypedResults.Bytes(fragment.Bytes, "video/mp4")
                : TypedResults.NotFound();
        }
        catch (OperationCanceledException)
        {
            return TypedResults.NotFound();
        }
    }
}
