using System.Globalization;
using System.Text;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>The video track of a session, from the camera's description (SDP).</summary>
/// <param name="Codec">RTP encoding name in upper case: <c>H264</c>, <c>H265</c>, <c>JPEG</c>, …; empty where the SDP names none.</param>
/// <param name="Payload">RTP payload type; -1 where it is unreadable.</param>
/// <param name="HasParameterSets">Whether the SDP contains the parameter sets that a decoder needs; otherwise it waits for a key frame that
/// carries them.</param>
/// <param name="Track">Request URL of SETUP.</param>
/// <param name="Session">Request URL of PLAY and all other methods.</param>
/// <param name="Lines">The session's and the video track's SDP lines, without <c>a=control</c>.</param>
internal sealed record VideoTrack(
    string Codec,
    int Payload,
    bool HasParameterSets,
    string Track,
    string Session,
    IReadOnlyList<string> Lines
)
{
    private const string Control = "a=control:";

    /// <summary>Whether neither browsers nor MP4 can use a copy of the stream, so that it is transcoded to H.264.</summary>
    public bool NeedsEncoding => Codec is not ("H264" or "H265" or "MP2T" or "");

    /// <summary>
    /// The first video track of an SDP; null where there is none. Audio is omitted: it is never recorded, and a silent microphone delays
    /// the picture.
    /// </summary>
    /// <param name="baseUrl">Base of relative control URLs.</param>
    public static VideoTrack? Of(string description, string baseUrl)
    {
        var lines = description.Split('\n').Select(l => l.TrimEnd('\r')).Where(l => l.Length > 1 && l[1] == '=').ToList();
        var session = lines.TakeWhile(l => !l.StartsWith("m=", StringComparison.Ordinal)).ToList();
        var begin = lines.FindIndex(l => l.StartsWith("m=video", StringComparison.OrdinalIgnoreCase));
        if (begin < 0)
            return null;
        var picture = lines
            .Skip(begin)
            .Take(1)
            .Concat(lines.Skip(begin + 1).TakeWhile(l => !l.StartsWith("m=", StringComparison.Ordinal)))
            .ToList();
        var payload =
            picture[0].Split(' ') is [_, _, _, var type, ..]
            && int.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : -1;
        var map = picture.Find(l => l.StartsWith($"a=rtpmap:{payload} ", StringComparison.OrdinalIgnoreCase));
        var codec = map?.Split(' ', 2)[1].Split('/')[0].Trim().ToUpperInvariant() ?? WithoutMap(payload);
        codec = codec == "HEVC" ? "H265" : codec;
        var format = picture.Find(l => l.StartsWith($"a=fmtp:{payload} ", StringComparison.OrdinalIgnoreCase)) ?? "";
        // Joined as ffmpeg joins them, which cameras expect.
        var whole = ControlOf(session) is { } s && IsAbsolute(s) ? s : baseUrl;
        var track = ControlOf(picture) switch
        {
            null or "" or "*" => whole,
            var own when IsAbsolute(own) => own,
            var own => whole.TrimEnd('/') + "/" + own.TrimStart('/'),
        };
        return new(
            codec,
            payload,
            format.Contains("sprop-parameter-sets=", StringComparison.OrdinalIgnoreCase)
                || format.Contains("sprop-sps=", StringComparison.OrdinalIgnoreCase),
            track,
            whole,
            [.. session.Where(l => !IsControl(l)), .. picture.Where(l => !IsControl(l))]
        );
    }

    /// <summary>The SDP for a player that requests the track at another URL.</summary>
    public byte[] Describe(string track) => Encoding.UTF8.GetBytes(string.Concat(Lines.Append(Control + track).Select(l => l + "\r\n")));

    // Static payload types, which need no rtpmap line (RFC 3551).
    private static string WithoutMap(int payload) =>
        payload switch
        {
            26 => "JPEG",
            31 => "H261",
            32 => "MPV",
            33 => "MP2T",
            34 => "H263",
            _ => "",
        };

    private static bool IsControl(string line) => line.StartsWith(Control, StringComparison.OrdinalIgnoreCase);

    private static bool IsAbsolute(string url) =>
        url.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) || url.StartsWith("rtsps://", StringComparison.OrdinalIgnoreCase);

    private static string? ControlOf(List<string> lines) => lines.Find(IsControl)?[Control.Length..].Trim();
}
