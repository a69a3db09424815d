using System.Globalization;
using BrightKitchen.CentralServer.Hosting;
using BrightKitchen.Contracts;

namespace BrightKitchen.CentralServer.Live;

/// <summary>
/// Init segments, fragments and segments: immutable bytes in memory, served to requests with a valid ticket. The endpoints bypass the rest
/// of the pipeline (no database, no cookie decryption). A proxy in front may cache the bytes and ask <c>/live-ticket</c> whether a viewer's
/// ticket is valid.
/// </summary>
internal static class LiveFiles
{
    /// <summary>
    /// Response header of a fragment: the number of the newest one, so that a player on a slow connection knows how far it lags.
    /// </summary>
    public const string NewestHeader = "Live-Newest";
    private const int MostUnsent = 256 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder app, string source, Rendition rendition)
    {
        var (tickets, relay) = (app.ServiceProvider.GetRequiredService<LiveTickets>(), app.ServiceProvider.GetRequiredService<LiveRelay>());
        Give("/{epoch:long}", (stream, epoch, _) => Task.FromResult(One(stream.Init(epoch))));
        Give("/{epoch:long}/{number:long}", async (stream, epoch, http) => One(await FragmentAsync(stream, epoch, http)));
        Give("/{epoch:long}/{first:long}-{last:long}", (stream, epoch, http) =>
            Task.FromResult(stream.Segment(epoch, Number(http, "first"), Number(http, "last")))
        );

        void Give(string what, Func<LiveStream, long, HttpContext, Task<IReadOnlyList<byte[]>?>> bytesOf)
        {
            RequestDelegate give = http => GiveAsync(http, tickets, relay, rendition, bytesOf);
            app.MapGet(source + what, give).AllowAnonymous().DisableHttpMetrics().ShortCircuit();
        }
    }

    /// <summary>For proxies: answers 204 if the ticket in the query is valid for the requested source, otherwise 403.</summary>
    public static void MapTicketCheck(IEndpointRouteBuilder app) =>
        app.MapGet("/live-ticket", (HttpContext http, string source, LiveTickets tickets) =>
                tickets.Fits(http.Request, source) ? Results.NoContent() : Results.StatusCode(StatusCodes.Status403Forbidden)
            )
            .AllowAnonymous()
            .ShortCircuit();

    /// <summary>The path before the epoch, for which a ticket is valid.</summary>
    public static string SourceOf(HttpContext http)
    {
        var root =
            http.GetRouteValue("token") is string token ? $"/visit/{token}/live"
            : http.Request.Path.StartsWithSegments("/live") ? "/live"
            : "/public";
        return $"{root}/{http.GetRouteValue("box")}/{http.GetRouteValue("camera")}";
    }

    private static async Task GiveAsync(
        HttpContext http,
        LiveTickets tickets,
        LiveRelay relay,
        Rendition rendition,
        Func<LiveStream, long, HttpContext, Task<IReadOnlyList<byte[]>?>> bytesOf
    )
    {
        // Without a valid ticket the answer does not reveal whether the stream exists.
        if (
            !tickets.Fits(http.Request, SourceOf(http))
            || !CameraId.TryParse(http.GetRouteValue("camera") as string, null, out var camera)
            || relay.Find((string)http.GetRouteValue("box")!, camera, rendition) is not { } stream
            || await bytesOf(stream, Number(http, "epoch"), http) is not { } pieces
        )
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var headers = http.Response.Headers;
        (headers.ContentType, headers.ContentLength) = ("video/mp4", pieces.Sum(p => (long)p.Length));
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = rendition == Rendition.Clear ? "no-store" : "private, max-age=20";
        headers[NewestHeader] = stream.NewestNumber.ToString(CultureInfo.InvariantCulture);
        await WriteAsync(http.Response, pieces, http.RequestAborted);
    }

    // Copies each piece into one block of the pipe's buffer instead of many blocks of a memory page, and flushes them together.
    private static async ValueTask WriteAsync(HttpResponse response, IReadOnlyList<byte[]> pieces, CancellationToken cancel)
    {
        // Before the response has started, everything written would be copied twice.
        await response.StartAsync(cancel);
        var (body, unsent) = (response.BodyWriter, 0);
        foreach (var piece in pieces)
        {
            piece.CopyTo(body.GetSpan(piece.Length));
            body.Advance(piece.Length);
            unsent += piece.Length;
            if (unsent < MostUnsent)
                continue;
            await body.FlushAsync(cancel);
            unsent = 0;
        }

        await body.FlushAsync(cancel);
    }

    private static IReadOnlyList<byte[]>? One(byte[]? bytes) => bytes is null ? null : [bytes];

    // Most fragments have arrived already, and are returned synchronously; the next one is awaited.
    private static Task<byte[]?> FragmentAsync(LiveStream stream, long epoch, HttpContext http)
    {
        var number = Number(http, "number");
        return stream.Fragment(epoch, number) is { } there
            ? Task.FromResult<byte[]?>(there)
            : TimeLimit.OrNullAsync(stop => stream.WaitForAsync(epoch, number, stop), LongestWait, http.RequestAborted);
    }

    private static long Number(HttpContext http, string name) =>
        long.Parse((string)http.GetRouteValue(name)!, CultureInfo.InvariantCulture);
}
