using System.Net;
using BrightKitchen.Contracts;

namespace BrightKitchen.KioskUI.Box;

/// <summary>
/// Client of this kitchen's edge agent, called over the site's own network, so that the kiosk works while the uplink is down.
/// </summary>
internal sealed class KitchenBox(HttpClient client)
{
    // Longer than the 3 s that the edge agent waits for a camera's frame.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Null when the edge agent is unreachable.</summary>
    public Task<List<CameraHealth>?> CamerasAsync(CancellationToken cancel) => AskAsync<List<CameraHealth>>("/local/cameras", cancel);

    /// <summary>The edge agent's analysis of a picture of the lobby; null when it is unreachable or responds with an error.</summary>
    /// <param name="picture">JPEG; ignored when <paramref name="camera"/> is set.</param>
    /// <param name="camera">The edge agent's camera that takes the picture; empty for none.</param>
    /// <param name="visit">Identifies the frames whose votes are combined.</param>
    /// <param name="code">Reads only a QR code and skips the detection.</param>
    public async Task<LobbyLook?> LookAsync(byte[] picture, string camera, string visit, bool code, CancellationToken cancel)
    {
        var query = $"?visit={Uri.EscapeDataString(visit)}&code={(code ? "true" : "false")}";
        if (camera.Length > 0)
            return await AskAsync<LobbyLook>($"/local/look/{Uri.EscapeDataString(camera)}{query}", cancel);
        try
        {
            using var content = new ByteArrayContent(picture);
            using var answer = await client.PostAsync(new Uri("/local/look" + query, UriKind.Relative), content, cancel);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<LobbyLook>(cancel) : null;
        }
        catch (Exception e)
            when (e is HttpRequestException or System.Net.Sockets.SocketException or System.Text.Json.JsonException
                || (e is OperationCanceledException && !cancel.IsCancellationRequested)
            )
        {
            return null;
        }
    }

    /// <summary>Proxies part of a live picture or of evidence; 404 when it is unavailable.</summary>
    public async Task PassAsync(string path, HttpContext http)
    {
        try
        {
            using var answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
            http.Response.StatusCode = answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent
                ? (int)answer.StatusCode
                : StatusCodes.Status404NotFound;
            if (answer.StatusCode != HttpStatusCode.OK)
                return;
            http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            http.Response.Headers.CacheControl = "no-store";
            await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
        }
        catch (Exception e)
            when (e is HttpRequestException or System.Net.Sockets.SocketException or OperationCanceledException && !http.Response.HasStarted
            )
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private async Task<T?> AskAsync<T>(string path, CancellationToken cancel)
        where T : class
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            return await client.GetFromJsonAsync<T>(path, patience.Token);
        }
        catch (Exception e)
            when (e is HttpRequestException or System.Net.Sockets.SocketException or System.Text.Json.JsonException
                || (e is OperationCanceledException && !cancel.IsCancellationRequested)
            )
        {
            return null;
        }
    }
}

internal static class KitchenBoxRegistration
{
    public static void AddKitchenBox(this IServiceCollection services, Uri agent, string key) =>
        services.AddHttpClient<KitchenBox>(client =>
        {
            client.BaseAddress = agent;
            client.Timeout = TimeSpan.FromSeconds(10);
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        });

    public static void MapKitchenBox(this IEndpointRouteBuilder app)
    {
        app.MapGet("/live/{camera}", (CameraId camera, KitchenBox box, HttpContext http) => box.PassAsync($"/local/public/{camera}", http));
        app.MapGet("/live/{camera}/{epoch:long}", (CameraId camera, long epoch, KitchenBox box, HttpContext http) =>
            box.PassAsync($"/local/public/{camera}/{epoch}", http)
        );
        app.MapGet(
            "/live/{camera}/{epoch:long}/{number:long}",
            (CameraId camera, long epoch, long number, KitchenBox box, HttpContext http) =>
                box.PassAsync($"/local/public/{camera}/{epoch}/{number}", http)
        );
    }
}
