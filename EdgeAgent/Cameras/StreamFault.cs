using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Why a stream ended, derived from ffmpeg's output.</summary>
/// <param name="State">One of <see cref="CameraStates"/>.</param>
internal sealed record StreamFault(string State, string Detail)
{
    public const string NotNow = "the camera cannot serve the stream now";

    public const string OtherTransport = "the camera does not support this transport; set its transport to udp, or to tcp if it is udp";

    /// <summary>Cause of decoder errors where no key frame was received.</summary>
    public const string NoKeyFrame = "no key frame arrived in time; set the camera's key frame interval (I-frame interval) to 1 or 2 s";

    private static readonly (string Sign, string State, string Detail)[] Signs =
    [
        ("401 Unauthorized", CameraStates.Refused, "the camera refuses the user or password"),
        ("403 Forbidden", CameraStates.Refused, "the camera denies this user access to the stream"),
        ("404 Not Found", CameraStates.Refused, "the camera has no stream at this address; check the path of the URL"),
        ("461 Unsupported", CameraStates.Refused, OtherTransport),
        ("503 Service", CameraStates.Refused, "the camera cannot serve the stream now"),
        ("Connection refused", CameraStates.Unreachable, "nothing listens at this address; check host and port"),
        ("No route to host", CameraStates.Unreachable, "the host cannot be reached; check the network"),
        ("Name or service not known", CameraStates.Unreachable, "the host name cannot be resolved"),
        ("Failed to resolve hostname", CameraStates.Unreachable, "the host name cannot be resolved"),
        // Only video is set up: a stream without video has no SETUP, and the camera has no session to play.
        ("method PLAY failed: 454", CameraStates.NoVideo, "the stream carries no video"),
        ("method PLAY failed: 455", CameraStates.NoVideo, "the stream carries no video"),
        ("matches no streams", CameraStates.NoVideo, "the stream carries no video"),
        ("does not contain any stream", CameraStates.NoVideo, "the stream carries no video"),
        ("Cannot allocate memory", CameraStates.Failed, "the camera sends more data than a frame can contain"),
        ("timed out", CameraStates.Silent, "the camera stopped answering"),
        ("No space left on device", CameraStates.Failed, "the device's disk is full"),
        ("unspecified size", CameraStates.Failed, NoKeyFrame),
        ("dimensions not set", CameraStates.Failed, NoKeyFrame),
        ("Could not find codec parameters", CameraStates.Failed, NoKeyFrame),
        ("Unknown encoder", CameraStates.Failed, "ffmpeg lacks the encoder libx264; install ffmpeg from the operating system's packages"),
        (
            "Unable to find a suitable output format",
            CameraStates.Failed,
            "ffmpeg lacks an output format; install ffmpeg from the operating system's packages"
        ),
        (
            "codec not currently supported in container",
            CameraStates.Failed,
            "the camera's codec cannot be recorded; set the camera to H.264"
        ),
        ("Decoder (codec", CameraStates.Failed, "ffmpeg cannot decode the camera's codec; set the camera to H.264"),
        ("Invalid data found", CameraStates.Failed, "the camera's stream cannot be decoded"),
        ("Conversion failed", CameraStates.Failed, "the camera's video cannot be processed; set the camera to H.264"),
    ];

    /// <summary>Every detail that <see cref="Of"/> can derive from ffmpeg's output.</summary>
    internal static IEnumerable<string> Details => Signs.Select(s => s.Detail).Distinct();

    /// <summary>The stream's timestamps are frozen or jump repeatedly.</summary>
    public static readonly StreamFault UselessTimestamps = new(
        CameraStates.Connecting,
        "the camera's timestamps are unusable; its frames are timestamped on arrival"
    );

    /// <summary>The camera's clock was set: timestamps before and after the change are inconsistent within one connection.</summary>
    public static readonly StreamFault ClockJumped = new(CameraStates.Connecting, "the camera's clock jumped");

    /// <summary>
    /// Whether the fault concerns the camera's clock: the camera is reconnected immediately, and its pictures are timed by arrival where
    /// the clock fails again soon.
    /// </summary>
    public bool OfClock => this == UselessTimestamps || this == ClockJumped;

    /// <summary>Whether a line of ffmpeg output reports invalid timestamps.</summary>
    public static bool TellsOfTimestamps(string line) =>
        line.Contains("Non-monotonous DTS", StringComparison.Ordinal)
        || line.Contains("Non-monotonic DTS", StringComparison.Ordinal)
        || line.Contains("is out of range", StringComparison.Ordinal);

    /// <param name="lines">ffmpeg's output. It is never shown to users: its lines are statistics, addresses and paths.</param>
    /// <param name="otherwise">The detail where the output contains no known error.</param>
    public static StreamFault Of(IEnumerable<string> lines, string otherwise)
    {
        var all = lines.ToList();
        foreach (var (sign, state, detail) in Signs)
        {
            if (all.Exists(l => l.Contains(sign, StringComparison.OrdinalIgnoreCase)))
                return new(state, detail);
        }

        return new(CameraStates.Failed, otherwise);
    }
}
