using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Distinguishes exceptions that a failing connection or server causes from bugs in the edge agent: the former cost a pause and never stop
/// the process.
/// </summary>
internal static class LineFault
{
    // HttpClient throws a bare SocketException when a connection is reset immediately, and JsonException or FormatException for a response
    // that is not JSON. SignalR throws an AggregateException when the server goes away between the negotiation and the connection.
    public static bool Is(Exception e) =>
        e is AggregateException { InnerExceptions: var several }
            ? several.All(Is)
            : e
                is TransportFailedException
                    or HttpRequestException
                    or IOException
                    or SocketException
                    or WebSocketException
                    or TimeoutException
                    or OperationCanceledException
                    or HubException
                    or JsonException
                    or FormatException
                    or InvalidDataException
                    or InvalidOperationException;
}
