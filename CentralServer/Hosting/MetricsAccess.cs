using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>
/// Access to <c>/metrics</c>: with <c>Metrics:Token</c> for requests that send it as bearer token, without it only for direct requests from
/// this machine. Metrics reveal routes, load and errors, which must not be public.
/// </summary>
internal static class MetricsAccess
{
    public const string Path = "/metrics";
    private const int ShortestToken = 16;

    private const string Setting = "Metrics:Token";

    /// <exception cref="InvalidDataException">The token is too short.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration[Setting] is { Length: > 0 and < ShortestToken })
            throw new InvalidDataException($"{Setting} is too short: at least {ShortestToken} characters are required.");
    }

    public static void UseMetricsAccess(this WebApplication app)
    {
        var token = app.Configuration[Setting];
        // Must run before UseForwardedHeaders, which consumes the proxy's headers and replaces the connection's address.
        app.Use(
            (http, next) =>
            {
                if (!http.Request.Path.StartsWithSegments(Path) || Allows(http, token))
                    return next(http);
                http.Response.StatusCode = string.IsNullOrEmpty(token) ? StatusCodes.Status404NotFound : StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            }
        );
    }

    private static bool Allows(HttpContext http, string? token)
    {
        var headers = http.Request.Headers;
        if (!string.IsNullOrEmpty(token))
            return CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(headers.Authorization.ToString())),
                SHA256.HashData(Encoding.UTF8.GetBytes($"Bearer {token}"))
            );
        return http.Connection.RemoteIpAddress is { } address
            && IPAddress.IsLoopback(address)
            && !headers.ContainsKey("X-Forwarded-For")
            && !headers.ContainsKey("X-Forwarded-Proto")
            && !headers.ContainsKey("Forwarded")
            && !headers.ContainsKey("Via");
    }
}
