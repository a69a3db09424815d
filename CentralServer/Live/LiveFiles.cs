using System.Globalization;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// Init segments, fragments and segments: bytes that lie in memory and never change, given to whoever shows a ticket. They pass nothing else on their way (no database, no
/// cookie is decrypted), and a proxy in front may keep them and ask <c>/live-ticket</c> whether a viewer's ticket fits.
/// </summary>
internal static class LiveFiles
{
    /// <summary>On a fragment: the number of the newest one, so that a player on a slow line knows how far it is behind.</summary>
    public const string NewestHeader = "Live-Newest";
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder app, string source, Rendition rendition)
    {
        Give("/{epoch:long}", (stream, epoch, _) => Task.FromResult(stream.Init(epoch)));
        Give("/{epoch:long}/{number:long}", (stream, epoch, http) => Waiting.InTimeAsync(stop => stream.WaitForAsync(epoch, Number(http, "number"), stop), LongestWait, http.RequestAborted));
        Give("/{epoch:long}/{first:long}-{last:long}", (stream, epoch, http) => Task.FromResult(stream.Segment(epoch, Number(http, "first"), Number(http, "last"))));

        void Give(string what, Func<LiveStream, long, HttpContext, Task<byte[]?>> bytesOf)
        {
            RequestDelegate give = http => GiveAsync(http, rendition, bytesOf);
            app.MapGet(source + what, give).AllowAnonymous().ShortCircuit();
        }
    }

    /// <summary>For proxies: 204 where the ticket in the query fits the source that is asked for, 403 where not.</summary>
    public static void MapTicketCheck(IEndpointRouteBuilder app) => app.MapGet("/live-ticket", (HttpContext http, string source, LiveTickets tickets) =>
        tickets.Fits(http.Request, source) ? Results.NoContent() : Results.StatusCode(StatusCodes.Status403Forbidden)).AllowAnonymous().ShortCircuit();

    /// <summary>The path before the epoch, which a ticket holds for.</summary>
    public static string SourceOf(HttpContext http) => http.GetRouteValue("site") is string site
        ? $"/visit/{site}/live/{http.GetRouteValue("box")}/{http.GetRouteValue("camera")}"
        : $"{(http.Request.Path.StartsWithSegments("/live") ? "/live" : "/public")}/{http.GetRouteValue("box")}/{http.GetRouteValue("camera")}";

    private static async Task GiveAsync(HttpContext http, Rendition rendition, Func<LiveStream, long, HttpContext, Task<byte[]?>> bytesOf)
    {
        var services = http.RequestServices;
        // Whoever has no ticket learns nothing of what is there.
        if (!services.GetRequiredService<LiveTickets>().Fits(http.Request, SourceOf(http)) || !CameraId.TryParse(http.GetRouteValue("camera") as string, null, out var camera)
            || services.GetRequiredService<LiveRelay>().Watched((string)http.GetRouteValue("box")!, camera, rendition) is not { } stream || await bytesOf(stream, Number(http, "epoch"), http) is not { } bytes)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var headers = http.Response.Headers;
        (headers.ContentType, headers.ContentLength) = ("video/mp4", bytes.Length);
        headers.CacheControl = rendition == Rendition.Clear ? "no-store" : "private, max-age=20";
        headers[NewestHeader] = stream.NewestNumber.ToString(CultureInfo.InvariantCulture);
        await http.Response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
    }

    private static long Number(HttpContext http, string name) => long.Parse((string)http.GetRouteValue(name)!, CultureInfo.InvariantCulture);
}
