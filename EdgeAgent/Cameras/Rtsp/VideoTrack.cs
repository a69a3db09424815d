using System.Globalization;
using System.Text;

namespace BrightKitchen.EdgeAgent.Cameras.Rtsp;

/// <summary>The picture of a session, from the camera's description (SDP).</summary>
/// <param name="Codec">As RTP calls it, in capitals: <c>H264</c>, <c>H265</c>, <c>JPEG</c>, …; empty where the description does not
/// say.</param>
/// <param name="Payload">The RTP payload type.</param>
/// <param name="HasParameterSets">Whether a decoder can begin by the description; else it waits for a key frame that brings them.</param>
/// <param name="Track">What SETUP asks for.</param>
/// <param name="Session">What PLAY and the rest ask for.</param>
/// <param name="Lines">The description's lines of the session and of the picture, without where to ask.</param>
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

    /// <summary>Whether browsers and MP4 can do nothing with a copy of it: it is encoded as H.264.</summary>
    public bool NeedsEncoding => Codec is not ("H264" or "H265" or "MP2T" or "");

    /// <summary>
    /// The first picture of a description; null where there is none. Sound is left out: it is never recorded, and a silent microphone
    /// delays the picture.
    /// </summary>
    /// <param name="baseUrl">What relative addresses are relative to.</param>
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
        // As ffmpeg joins them, which cameras are used to.
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

    /// <summary>The description for a player that asks for the track at another address.</summary>
    public byte[] Describe(string track) => Encoding.UTF8.GetBytes(string.Concat(Lines.Append(Control + track).Select(l => l + "\r\n")));

    // The payload types that need no line of their own (RFC 3551).
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
