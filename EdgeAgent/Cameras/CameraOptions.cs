using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>One camera of the kitchen, from the section <c>Cameras</c>.</summary>
public sealed class CameraOptions
{
    /// <summary>a-z, 0-9 and '-'; what findings and URLs call it.</summary>
    public string Id { get; set; } = "";

    /// <summary>What people call it; the id by default.</summary>
    public string Name { get; set; } = "";

    /// <summary>The full picture, <c>rtsp://host:port/path</c>, without user and password.</summary>
    public string Url { get; set; } = "";

    /// <summary>A smaller picture of the same scene for analysis; the full one is decoded where there is none.</summary>
    public string? SubUrl { get; set; }

    /// <summary>How the stream comes: <c>tcp</c>, which loses nothing, or <c>udp</c> for cameras that speak nothing else.</summary>
    public string Transport { get; set; } = "tcp";

    /// <summary>
    /// Encodes the full picture anew as H.264, at most 1280 wide, for cameras that only give H.265, which most browsers cannot play. It
    /// costs about half a core; evidence is then the encoded picture.</summary>
    public bool Reencode { get; set; }

    public string? User { get; set; }

    public string? Password { get; set; }

    [JsonIgnore]
    public CameraId CameraId => CameraId.Parse(Id, null);

    [JsonIgnore]
    public string DisplayName => Name.Length > 0 ? Name : Id;

    public CameraOptions WithPassword(string? password)
    {
        var copy = (CameraOptions)MemberwiseClone();
        copy.Password = password;
        return copy;
    }

    /// <summary>
    /// Whoever changes a camera never sees its secrets: an address that comes back as it was shown is the one that is stored, and no
    /// password means the stored one, as long as it
    /// goes to the same host as the same user.
    /// </summary>
    internal CameraOptions WithKnownPassword(IReadOnlyList<CameraOptions> known)
    {
        if (known.FirstOrDefault(c => c.Id == Id) is not { } stored)
            return this;
        var copy = WithPassword(Password);
        if (Url == CameraUrl.Redact(stored.Url))
            copy.Url = stored.Url;
        if (SubUrl is not null && stored.SubUrl is not null && SubUrl == CameraUrl.Redact(stored.SubUrl))
            copy.SubUrl = stored.SubUrl;
        return
            copy.Password is null
            && stored.Password is not null
            && stored.User == User
            && HostOf(stored.Url) == HostOf(Url)
            && (SubUrl is null || HostOf(SubUrl) == HostOf(stored.Url))
            ? copy.WithPassword(stored.Password)
            : copy;
    }

    /// <summary>With user and password taken out of its addresses, where an installer pasted an address that holds them.</summary>
    internal CameraOptions WithCredentialsApart()
    {
        if (User is not null || CameraUrl.Parse(Url) is not { UserInfo: not null } main || main.Credentials() is not var (user, password))
            return this;
        var copy = WithPassword(password);
        (copy.User, copy.Url) = (user, main.Request);
        if (SubUrl is not null && CameraUrl.Parse(SubUrl) is { UserInfo: not null } sub && sub.Credentials() == main.Credentials())
            copy.SubUrl = sub.Request;
        return copy;
    }

    /// <summary>As it may be shown, logged and sent: without its password, and without one in its addresses.</summary>
    internal CameraOptions Redacted()
    {
        var copy = WithPassword(null);
        (copy.Url, copy.SubUrl) = (CameraUrl.Redact(Url), SubUrl is null ? null : CameraUrl.Redact(SubUrl));
        return copy;
    }

    private static string? HostOf(string url) => CameraUrl.Parse(url)?.Authority.ToUpperInvariant();

    /// <summary>Whether it is read in the very same way.</summary>
    internal bool Same(CameraOptions other) =>
        (Id, Name, Url, SubUrl, Transport, Reencode, User, Password)
        == (other.Id, other.Name, other.Url, other.SubUrl, other.Transport, other.Reencode, other.User, other.Password);
}

/// <summary>The cameras and how they are read.</summary>
public sealed class CamerasOptions
{
    public List<CameraOptions> Cameras { get; set; } = [];

    /// <summary>Analysed frames a second and camera, 1–25; each costs one run of the detector.</summary>
    [Range(1, 25)]
    public int FramesPerSecond { get; set; } = 5;

    /// <summary>Width of the analysed frame in pixels, 160–1920.</summary>
    [Range(160, 1920)]
    public int AnalysisWidth { get; set; } = 640;

    /// <summary>Lets ffmpeg decode on the graphics chip where the machine has one; ffmpeg falls back to the processor by itself.</summary>
    public bool HardwareDecoding { get; set; } = true;

    /// <summary>
    /// A camera whose first picture is not there after so long is given up; a line with a delay of seconds needs several times that.
    /// </summary>
    public TimeSpan ConnectWithin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A camera that sends, but no key frame yet, is waited for so long: smart codecs send one every 20 to 60 s.</summary>
    public TimeSpan KeyFrameWithin { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>A camera that gives nothing for so long is silent and connected anew.</summary>
    public TimeSpan StallAfter { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The same, but a camera that sends nothing is given up sooner.</summary>
    internal CamerasOptions WithConnectWithin(TimeSpan patience)
    {
        var copy = (CamerasOptions)MemberwiseClone();
        copy.ConnectWithin = patience < ConnectWithin ? patience : ConnectWithin;
        return copy;
    }

    /// <summary>Everything that is wrong with cameras, a line each.</summary>
    public static IEnumerable<string> FaultsOf(IReadOnlyList<CameraOptions> cameras)
    {
        foreach (var camera in cameras)
        {
            if (camera.Transport is not ("tcp" or "udp"))
                yield return $"Camera '{camera.Id}': Transport must be tcp or udp.";
            if (!CameraId.TryParse(camera.Id, null, out var id) || id == CameraId.Box)
                yield return $"Camera '{camera.Id}': the id must be 1 to 40 of a-z, 0-9 and '-', beginning with a letter, and not 'box'.";
            foreach (var (setting, url) in new[] { ("Url", camera.Url), ("SubUrl", camera.SubUrl) })
            {
                if (url is null)
                    continue;
                if (CameraUrl.Parse(url) is not { } parsed)
                    yield return $"Camera '{camera.Id}': {setting} must look like rtsp://host:554/path.";
                else if (parsed.UserInfo is not null)
                    yield return $"Camera '{camera.Id}': take user and password out of {setting} and set User and Password, so that "
                        + "they stay out of logs.";
                else if (url.AsSpan().IndexOfAny("'\r\n") >= 0)
                    yield return $"Camera '{camera.Id}': {setting} must not contain quotes or line ends.";
            }
        }

        foreach (var twice in cameras.GroupBy(c => c.Id).Where(g => g.Count() > 1))
            yield return $"Camera '{twice.Key}' is there {twice.Count()} times; each id may be used once.";
    }
}
