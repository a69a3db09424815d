using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>
/// Tells what a bad line or a server out of its mind throws from what is wrong with the box: the first costs a pause and never the box.
/// </summary>
internal static class LineFault
{
    // A connection that is reset at once comes out of HttpClient as a bare SocketException; an answer that is no JSON as JsonException or
    // FormatException.
    public static bool Is(Exception e) =>
        e
            is HttpRequestException
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
