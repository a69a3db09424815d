using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace BrightKitchen.Fixtures;

/// <summary>
/// A camera that speaks ONVIF: answers WS-Discovery by UDP, and SOAP with two profiles by HTTP to whoever signs with its user's password
/// digest. Its streams are served elsewhere. Its clock is wrong, as cameras' are.
/// </summary>
public sealed class OnvifCamera : IAsyncDisposable
{
    private static readonly TimeSpan WrongBy = TimeSpan.FromHours(-7);
    private readonly HttpListener http = new();
    private readonly UdpClient udp = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private readonly string user;
    private readonly string password;
    private readonly string main;
    private readonly string sub;
    private readonly int port = LoopbackPort.Free();

    /// <param name="main">RTSP address of its large stream.</param>
    public OnvifCamera(string user, string password, string main, string sub)
    {
        (this.user, this.password, this.main, this.sub) = (user, password, main, sub);
        http.Prefixes.Add($"http://127.0.0.1:{port}/");
        http.Start();
        running = Task.WhenAll(DiscoverAsync(), ServeAsync());
    }

    /// <summary>Where it is asked by WS-Discovery.</summary>
    public string Discovery => udp.Client.LocalEndPoint!.ToString()!;

    /// <summary>Its device service.</summary>
    public Uri Service => new($"http://127.0.0.1:{port}/onvif/device_service");

    /// <summary>What it answers instead of SOAP, for tests of hostile cameras; null for what is right.</summary>
    public Func<HttpListenerResponse, Task>? Instead { get; set; }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        udp.Dispose();
        http.Close();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task DiscoverAsync()
    {
        while (true)
        {
            var asked = await udp.ReceiveAsync(stop.Token);
            if (!Encoding.UTF8.GetString(asked.Buffer).Contains("Probe", StringComparison.Ordinal))
                continue;
            var answer = $"""
                <?xml version="1.0" encoding="UTF-8"?>
                <e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches><d:ProbeMatch>
                <d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Serving%20counter</d:Scopes><d:XAddrs>{Service}</d:XAddrs>
                </d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>
                """;
            await udp.SendAsync(Encoding.UTF8.GetBytes(answer), asked.RemoteEndPoint, stop.Token);
        }
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            var context = await http.GetContextAsync();
            try
            {
                if (Instead is { } other)
                {
                    await other(context.Response);
                    continue;
                }

                var bytes = Encoding.UTF8.GetBytes(
                    Answer((await XDocument.LoadAsync(context.Request.InputStream, LoadOptions.None, stop.Token)).Root!)
                );
                context.Response.ContentType = "application/soap+xml; charset=utf-8";
                await context.Response.OutputStream.WriteAsync(bytes, stop.Token);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
            {
                // Whoever asked is gone.
            }
        }
    }

    private string Answer(XElement envelope)
    {
        var asked = envelope.Elements().Last().Elements().First();
        if (asked.Name.LocalName != "GetSystemDateAndTime" && !Signed(envelope))
            return Envelope(
                "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>Sender not authorized: "
                    + "NotAuthorized</s:Text></s:Reason></s:Fault>"
            );
        var clock = TimeProvider.System.GetUtcNow() + WrongBy;
        return Envelope(
            asked.Name.LocalName switch
            {
                "GetSystemDateAndTime" => string.Create(
                    CultureInfo.InvariantCulture,
                    $"<R><t:UTCDateTime><t:Time><t:Hour>{clock.Hour}</t:Hour><t:Minute>{clock.Minute}</t:Minute><t:Second>{clock.Second}</t:Second></t:Time><t:Date><t:Year>{clock.Year}</t:Year><t:Month>{clock.Month}</t:Month><t:Day>{clock.Day}</t:Day></t:Date></t:UTCDateTime></R>"
                ),
                // As many do, it believes itself to be in another network.
                "GetCapabilities" => "<R><t:Media><t:XAddr>http://10.9.8.7/onvif/media</t:XAddr></t:Media></R>",
                "GetProfiles" => Profile("main", "H264", 1920, 1080)
                    + Profile("sub", "H264", 640, 360)
                    + Profile("shots", "JPEG", 3840, 2160),
                "GetStreamUri" => $"<R><t:Uri>{(asked.Value.EndsWith("sub", StringComparison.Ordinal) ? sub : main)}</t:Uri></R>",
                _ => "<s:Fault><s:Reason><s:Text>ActionNotSupported</s:Text></s:Reason></s:Fault>",
            }
        );
    }

    private bool Signed(XElement envelope)
    {
        string? Of(string name) => envelope.Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
        if (Of("Username") != user || Of("Nonce") is not { } nonce || Of("Created") is not { } created || Of("Password") is not { } digest)
            return false;
#pragma warning disable CA5350 // WS-Security's digest is SHA-1.
        var right = SHA1.HashData([
            .. Convert.FromBase64String(nonce),
            .. Encoding.UTF8.GetBytes(created),
            .. Encoding.UTF8.GetBytes(password),
        ]);
#pragma warning restore CA5350
        var old = TimeProvider.System.GetUtcNow() + WrongBy - DateTimeOffset.Parse(created, CultureInfo.InvariantCulture);
        return Convert.ToBase64String(right) == digest && old.Duration() < TimeSpan.FromSeconds(10);
    }

    private static string Profile(string token, string codec, int width, int height) =>
        $"<m:Profiles token=\"{token}\"><t:Name>{token} "
        + $"stream</t:Name><t:VideoEncoderConfiguration><t:Encoding>{codec}</t:Encoding><t:Resolution><t:Width>{width}</t:Width><t:Height>{height}</t:Height></t:Resolution></t:VideoEncoderConfiguration></m:Profiles>";

    private static string Envelope(string body) =>
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:t=\"http://www.onvif.org/ver10/schema\" "
        + $"xmlns:m=\"http://www.onvif.org/ver10/media/wsdl\"><s:Body>{body}</s:Body></s:Envelope>";
}
