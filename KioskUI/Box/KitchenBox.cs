using System.Net;
using BrightKitchen.Contracts;

namespace BrightKitchen.KioskUI.Box;

/// <summary>The edge box of this kitchen, asked over the site's own network, so that the kiosk works with the uplink down.</summary>
internal sealed class KitchenBox(HttpClient client)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Null where the box cannot be reached.</summary>
    public Task<List<CameraHealth>?> CamerasAsync(CancellationToken cancel) => AskAsync<List<CameraHealth>>("/local/cameras", cancel);

    /// <summary>What the box sees on a picture of the lobby; null where it cannot be reached.</summary>
    /// <param name="picture">JPEG; of no use where <paramref name="camera"/> is named.</param>
    /// <param name="camera">One of the box's cameras, which it then takes the picture from; empty for none.</param>
    /// <param name="visit">Whose votes count together.</param>
    /// <param name="code">Whether a QR code is looked for, and nothing else.</param>
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
            when (e is HttpRequestException or System.Net.Sockets.SocketException
                || (e is OperationCanceledException && !cancel.IsCancellationRequested)
            )
        {
            return null;
        }
    }

    /// <summary>Passes a part of a live picture on; 404 where there is none.</summary>
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
            when (e is HttpRequestException or System.Net.Sockets.SocketException
                || (e is OperationCanceledException && !cancel.IsCancellationRequested)
            )
        {
            return null;
        }
    }
}

internal static class KitchenBoxRegistration
{
    /// <summary><c>Box:Address</c> and <c>Box:KeyFile</c>, the box's own <c>kiosk.key</c> copied here by the installer.</summary>
    public static void AddKitchenBox(this IServiceCollection services, IConfiguration configuration)
    {
        var address = configuration["Box:Address"]
            ?? throw new InvalidDataException("Set Box:Address to the box's address, such as http://192.168.1.10:5081.");
        var key =
            configuration["Box:KeyFile"] is { } file && File.Exists(file)
                ? File.ReadAllText(file).Trim()
                : throw new InvalidDataException("Set Box:KeyFile to a copy of the box's kiosk.key.");
        services.AddHttpClient<KitchenBox>(client =>
        {
            client.BaseAddress = new(address);
            client.Timeout = TimeSpan.FromSeconds(10);
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        });
    }

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
