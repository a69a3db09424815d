using System.Net;
using System.Net.Sockets;
using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Integration;

/// <summary>Limits of webhooks, section <c>Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>Hosts (names or addresses) that may receive events although they are not public or not HTTPS.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>A webhook is disabled after failing for this long.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(3);

    public bool IsAllowed(string host) => AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    /// <summary>Configuration errors, each beginning with the key; null entries are settings without an error.</summary>
    internal IEnumerable<string?> Faults() => [Setting.Span(nameof(GiveUpAfter), GiveUpAfter)];
}

/// <summary>
/// HTTP client that reaches only the public Internet, against server-side request forgery: it connects to the same address that it has
/// checked, and follows no redirects.
/// </summary>
internal static class OutboundHttp
{
    public const int LongestUrl = 500;
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Why a URL is not accepted as a receiver; null if it is.</summary>
    public static string? Fault(string? url, WebhookOptions options) =>
        url is null or { Length: > LongestUrl }
        || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
        || uri.Scheme is not ("http" or "https")
            ? "it is not a web address"
        : uri.UserInfo.Length > 0 ? "it contains a user name or password"
        : options.IsAllowed(uri.IdnHost) ? null
        : uri.Scheme != "https" ? "it must begin with https://"
        : IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out var address) && !IsPublic(address) ? "its address is not public"
        : null;

    public static HttpClient Client(WebhookOptions options) =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                ConnectTimeout = RequestTimeout,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                ConnectCallback = async (context, cancel) =>
                {
                    var host = context.DnsEndPoint.Host;
                    // The name is resolved only here, so that DNS rebinding cannot return another address after the check.
                    var addresses = await Dns.GetHostAddressesAsync(host, cancel);
                    if (!options.IsAllowed(host) && addresses.FirstOrDefault(a => !IsPublic(a)) is { } address)
                        throw new HttpRequestException($"{host} resolves to {address}, which is not public");
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    try
                    {
                        await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
                        return new NetworkStream(socket, ownsSocket: true);
                    }
                    catch
                    {
                        socket.Dispose();
                        throw;
                    }
                },
            }
        )
        {
            Timeout = RequestTimeout,
            MaxResponseContentBufferSize = 64 * 1024,
        };

    /// <summary>Whether an address belongs to the public Internet (IANA special-purpose address registries).</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var b = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !(
                b[0] is 0 or 10 or 127 or >= 224
                || (b[0] == 100 && b[1] is >= 64 and < 128)
                || (b[0] == 169 && b[1] == 254)
                || (b[0] == 172 && b[1] is >= 16 and < 32)
                || (b[0] == 192 && b[1] is 168)
                || (b[0] == 192 && b[1] == 0 && b[2] is 0 or 2)
                || (b[0] == 198 && b[1] is 18 or 19)
                || (b[0] == 198 && b[1] == 51 && b[2] == 100)
                || (b[0] == 203 && b[1] == 0 && b[2] == 113)
            );
        }

        // Global unicast is 2000::/3; within it 2001::/23 and 2001:db8::/32 are special. 2002::/16 and 64:ff9b::/96 can embed any IPv4
        // address.
        return (b[0] & 0xe0) == 0x20
            && !(b[0] == 0x20 && b[1] == 1 && (b[2] < 2 || (b[2] == 0x0d && b[3] == 0xb8)))
            && !(b[0] == 0x20 && b[1] == 2);
    }
}
