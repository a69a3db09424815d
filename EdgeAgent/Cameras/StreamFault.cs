using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Why a stream ended, read from ffmpeg's own words.</summary>
/// <param name="State">One of <see cref="CameraStates"/>.</param>
internal sealed record StreamFault(string State, string Detail)
{
    public const string OtherTransport = "the camera does not speak this transport; set its transport to udp, or to tcp where it is udp";

    private static readonly (string Sign, string State, string Detail)[] Signs =
    [
        ("401 Unauthorized", CameraStates.Refused, "the camera refuses the user or password"),
        ("403 Forbidden", CameraStates.Refused, "the camera forbids this user the stream"),
        ("404 Not Found", CameraStates.Refused, "the camera has no stream at this address; check the path of the URL"),
        ("461 Unsupported", CameraStates.Refused, OtherTransport),
        ("503 Service", CameraStates.Refused, "the camera cannot serve the stream now"),
        ("Connection refused", CameraStates.Unreachable, "nothing listens at this address; check host and port"),
        ("No route to host", CameraStates.Unreachable, "the host cannot be reached; check the network"),
        ("Name or service not known", CameraStates.Unreachable, "the host's name is unknown"),
        ("Failed to resolve hostname", CameraStates.Unreachable, "the host's name is unknown"),
        ("matches no streams", CameraStates.NoVideo, "the stream carries no video"),
        ("does not contain any stream", CameraStates.NoVideo, "the stream carries no video"),
        ("Cannot allocate memory", CameraStates.Failed, "the camera sends more than a picture can need"),
        ("timed out", CameraStates.Silent, "the camera stopped answering"),
    ];

    /// <summary>The stream's own timestamps stand still or jump about: connect anew and time pictures by their arrival.</summary>
    public static readonly StreamFault UselessTimestamps = new(CameraStates.Connecting, "the camera's timestamps are useless; its pictures are timed by their arrival");

    /// <summary>Whether a line of ffmpeg's says that the timestamps make no sense.</summary>
    public static bool TellsOfTimestamps(string line) =>
        line.Contains("Non-monotonous DTS", StringComparison.Ordinal) || line.Contains("Non-monotonic DTS", StringComparison.Ordinal) || line.Contains("is out of range", StringComparison.Ordinal);

    public static StreamFault Of(IEnumerable<string> lines, string otherwise)
    {
        var all = lines.ToList();
        foreach (var (sign, state, detail) in Signs)
        {
            if (all.Exists(l => l.Contains(sign, StringComparison.OrdinalIgnoreCase)))
                return new(state, detail);
        }

        return new(CameraStates.Failed, all.LastOrDefault(l => l.Length > 0) ?? otherwise);
    }
}
