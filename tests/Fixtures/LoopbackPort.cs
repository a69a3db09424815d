using System.Net;
using System.Net.Sockets;

namespace BrightKitchen.Fixtures;

/// <summary>Ports on loopback.</summary>
public static class LoopbackPort
{
    /// <summary>One that nothing listens on now.</summary>
    public static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
