using System.Net.Sockets;
using System.Security.Authentication;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>A camera that cannot be read, and the reason.</summary>
internal sealed class RtspFaultException(StreamFault fault) : Exception(fault.Detail)
{
    public StreamFault Fault { get; } = fault;
}

/// <summary>Maps RTSP status codes and connection errors to reasons.</summary>
internal static class RtspFault
{
    public static readonly StreamFault Closed = new(CameraStates.Failed, "the camera closed the connection");
    public static readonly StreamFault Redirected = new(
        CameraStates.Refused,
        "the camera redirects to another address; enter that address instead"
    );
    public static readonly StreamFault NoVideo = new(CameraStates.NoVideo, "the stream carries no video");
    public static readonly StreamFault NoAnswer = new(CameraStates.Silent, "the camera stopped answering");
    public static readonly StreamFault NoRtsp = new(
        CameraStates.Failed,
        "the device at this address does not speak RTSP; check host and port"
    );
    private static readonly StreamFault Away = new(CameraStates.Unreachable, "the host cannot be reached; check the network");

    /// <param name="signed">Whether credentials are configured.</param>
    public static StreamFault Of(int status, bool signed) =>
        status switch
        {
            >= 300 and < 400 => Redirected,
            401 when !signed => new(CameraStates.Refused, "the camera requires a user and a password"),
            401 => new(CameraStates.Refused, "the camera refuses the user or password"),
            403 => new(CameraStates.Refused, "the camera denies this user access to the stream"),
            404 or 410 => new(CameraStates.Refused, "the camera has no stream at this address; check the path of the URL"),
            453 => new(CameraStates.Refused, "the camera accepts no more connections; close other viewers or raise its limit"),
            461 => new(CameraStates.Refused, StreamFault.OtherTransport),
            503 => new(CameraStates.Refused, StreamFault.NotNow),
            _ => new(CameraStates.Failed, $"the camera answers with error {status}"),
        };

    public static StreamFault Of(Exception e) =>
        e switch
        {
            RtspFaultException { Fault: var fault } => fault,
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new(
                CameraStates.Unreachable,
                "nothing listens at this address; check host and port"
            ),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => new(
                CameraStates.Unreachable,
                "the host name cannot be resolved"
            ),
            SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted } =>
                Closed,
            SocketException => Away,
            AuthenticationException => new(CameraStates.Failed, "the TLS connection to the camera failed; try rtsp:// instead"),
            InvalidDataException => NoRtsp,
            IOException { InnerException: SocketException inner } when inner.SocketErrorCode == SocketError.TimedOut => NoAnswer,
            _ => Closed,
        };

    public static StreamFault NotReached => Away;
}
