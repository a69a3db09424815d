using System.Globalization;
using System.Net;
using System.Security;
using System.Xml.Linq;

namespace BrightKitchen.EdgeAgent.Installer.Onvif;

/// <summary>One of a camera's streams.</summary>
/// <param name="Codec"><c>H264</c>, <c>H265</c>, <c>JPEG</c>, … as the camera reports it.</param>
/// <param name="Url">RTSP, without user and password.</param>
internal sealed record OnvifProfile(string Name, string Codec, int Width, int Height, string Url);

/// <summary>A camera's streams: the main stream to record and a smaller one to analyse.</summary>
internal sealed record OnvifStreams(IReadOnlyList<OnvifProfile> Profiles, OnvifProfile? Main, OnvifProfile? Sub);

/// <summary>Queries an ONVIF camera for its profiles and their streams (ver10 device and media services).</summary>
internal sealed class OnvifDevice(Soap soap, TimeProvider time)
{
    private const string Device = "http://www.onvif.org/ver10/device/wsdl";
    private const string Media = "http://www.onvif.org/ver10/media/wsdl";
    private const string Schema = "http://www.onvif.org/ver10/schema";
    private const int MostProfiles = 12;
    private const int LeastAnalysisWidth = 480;
    private static readonly XNamespace S = Schema;

    /// <exception cref="OnvifException">The camera does not respond, refuses, or its address is not in the local network.</exception>
    public async Task<OnvifStreams> StreamsAsync(Uri service, string? user, string? password, CancellationToken stop)
    {
        Near(service);
        var behind = await ClockBehindAsync(service, stop);
        var capabilities = await soap.AskAsync(
            service,
            $"<GetCapabilities xmlns=\"{Device}\"><Category>Media</Category></GetCapabilities>",
            user,
            password,
            behind,
            stop
        );
        var media = Uri.TryCreate(
            capabilities.Descendants(S + "Media").Elements(S + "XAddr").FirstOrDefault()?.Value,
            UriKind.Absolute,
            out var reported
        )
            ? reported
            : service;
        // A camera may report an address of a network that it is not in: use the address at which it responded.
        media = new UriBuilder(media)
        {
            Scheme = service.Scheme,
            Host = service.Host,
            Port = service.Port,
        }.Uri;
        var answer = await soap.AskAsync(media, $"<GetProfiles xmlns=\"{Media}\"/>", user, password, behind, stop);
        var profiles = new List<OnvifProfile>();
        foreach (var profile in answer.Descendants(XName.Get("Profiles", Media)).Take(MostProfiles))
        {
            if (profile.Attribute("token")?.Value is not { Length: > 0 } token)
                continue;
            var encoder = profile.Element(S + "VideoEncoderConfiguration");
            var uri = await soap.AskAsync(
                media,
                $"<GetStreamUri xmlns=\"{Media}\"><StreamSetup><Stream xmlns=\"{Schema}\">RTP-Unicast</Stream>"
                    + $"<Transport xmlns=\"{Schema}\"><Protocol>RTSP</Protocol></Transport></StreamSetup>"
                    + $"<ProfileToken>{SecurityElement.Escape(token)}</ProfileToken></GetStreamUri>",
                user,
                password,
                behind,
                stop
            );
            if (Plain(uri.Descendants(S + "Uri").FirstOrDefault()?.Value, service) is not { } url)
                continue;
            profiles.Add(
                new(
                    profile.Element(S + "Name")?.Value is { Length: > 0 } name ? name[..Math.Min(name.Length, 60)] : token,
                    encoder?.Element(S + "Encoding")?.Value ?? "",
                    Number(encoder, "Width"),
                    Number(encoder, "Height"),
                    url
                )
            );
        }

        return Choose(profiles);
    }

    /// <summary>
    /// The largest H.264 stream to record (H.265 only when there is no H.264), and the smallest that is wide enough to analyse, at least
    /// 480 pixels.
    /// </summary>
    internal static OnvifStreams Choose(IReadOnlyList<OnvifProfile> profiles)
    {
        var videos = profiles.Where(p => p.Codec is "H264" or "H265" or "").ToList();
        var main = videos.OrderBy(p => p.Codec == "H265").ThenByDescending(p => p.Width * p.Height).FirstOrDefault();
        var sub = videos
            .Where(p => p != main && p.Width >= LeastAnalysisWidth && main is not null && p.Width < main.Width)
            .OrderBy(p => p.Width)
            .FirstOrDefault();
        return new(profiles, main, sub);
    }

    private static void Near(Uri service)
    {
        if (!IPAddress.TryParse(service.Host.Trim('[', ']'), out var address) || !AdminAccess.IsNear(address))
            throw new OnvifException($"'{service.Host}' is not an address in the local network; cameras are searched for only there");
    }

    // The password digest contains a timestamp that must match the camera's clock, which is often wrong.
    private async Task<TimeSpan> ClockBehindAsync(Uri service, CancellationToken stop)
    {
        var answer = await soap.AskAsync(service, $"<GetSystemDateAndTime xmlns=\"{Device}\"/>", null, null, TimeSpan.Zero, stop);
        var utc = answer.Descendants(S + "UTCDateTime").FirstOrDefault();
        int Part(string of, string part) =>
            int.TryParse(utc?.Element(S + of)?.Element(S + part)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
                ? n
                : -1;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Part("Date", "Year"):0000}-{Part("Date", "Month"):00}-{Part("Date", "Day"):00}T"
                + $"{Part("Time", "Hour"):00}:{Part("Time", "Minute"):00}:{Part("Time", "Second"):00}Z"
        );
        return DateTimeOffset.TryParseExact(
            text,
            "yyyy-MM-ddTHH:mm:ssZ",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var clock
        )
            ? time.GetUtcNow() - clock
            : TimeSpan.Zero;
    }

    // Only on the camera itself, without credentials that the camera put into the URI.
    private static string? Plain(string? text, Uri service) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "rtsp" or "rtsps" && text!.AsSpan().IndexOfAny("'\r\n") < 0
            ? new UriBuilder(uri)
            {
                UserName = "",
                Password = "",
                Host = service.Host,
            }.Uri.ToString()
            : null;

    private static int Number(XElement? encoder, string name) =>
        int.TryParse(
            encoder?.Element(S + "Resolution")?.Element(S + name)?.Value,
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var n
        )
            ? n
            : 0;
}
