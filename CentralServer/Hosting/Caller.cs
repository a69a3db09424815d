using System.Net;
using System.Net.Sockets;
using System.Security.Claims;

namespace BrightKitchen.CentralServer.Hosting;

/// <summary>Identifies the caller of a request for limits and counts: the person, or the address of an anonymous caller.</summary>
internal static class Caller
{
    private const int Ipv6Network = 8;

    public static string Of(HttpContext http) => http.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? AddressOf(http);

    /// <summary>
    /// The address that requests count against; for IPv6 the first 64 bits, because one subscriber usually has a whole /64.
    /// </summary>
    public static string AddressOf(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address)
            return "";
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address))
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(Ipv6Network).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
