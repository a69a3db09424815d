using System.Security.Claims;

namespace BrightKitchen.CentralServer.People;

/// <summary>Whom a request counts for: the person, or the address of somebody who is not signed in.</summary>
internal static class Caller
{
    public static string Of(HttpContext http) => http.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? http.Connection.RemoteIpAddress?.ToString() ?? "";
}
