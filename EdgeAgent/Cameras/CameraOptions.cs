using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;

namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>Configuration of one kitchen camera, an element of <c>Cameras</c>.</summary>
public sealed class CameraOptions
{
    /// <summary>
    /// Identifier in findings and URLs: 1–40 characters of a-z, 0-9 and '-', beginning with a letter; <c>box</c> is reserved.
    /// </summary>
    public string Id { get; set; } = "";

    /// <summary>Display name; defaults to <see cref="Id"/>.</summary>
    public string Name { get; set; } = "";

    /// <summary>URL of the main stream, <c>rtsp://host:port/path</c>, without user and password.</summary>
    public string Url { get; set; } = "";

    /// <summary>URL of a lower-resolution substream of the same scene for analysis; null decodes the main stream.</summary>
    public string? SubUrl { get; set; }

    /// <summary>RTP transport: <c>tcp</c>, which is lossless, or <c>udp</c> for cameras that support nothing else.</summary>
    public string Transport { get; set; } = "tcp";

    /// <summary>
    /// Transcodes the main stream to H.264, at most 1280 pixels wide, for cameras that only offer H.265, which most browsers cannot play.
    /// Costs about half a core; evidence then contains the transcoded picture.
    /// </summary>
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
    /// Restores the secrets of an edited camera from the stored configuration, because the editor never receives them: a URL that equals
    /// the redacted stored URL becomes the stored URL, and a missing password becomes the stored password as long as user and host are
    /// unchanged.
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

    /// <summary>
    /// Moves user and password from URLs with embedded credentials to <see cref="User"/> and <see cref="Password"/>, for installers who
    /// paste such a URL.
    /// </summary>
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

    /// <summary>Copy that is safe to show, log and send: without the password and without secrets in its URLs.</summary>
    internal CameraOptions Redacted()
    {
        var copy = WithPassword(null);
        (copy.Url, copy.SubUrl) = (CameraUrl.Redact(Url), SubUrl is null ? null : CameraUrl.Redact(SubUrl));
        return copy;
    }

    private static string? HostOf(string url) => CameraUrl.Parse(url)?.Authority.ToUpperInvariant();

    /// <summary>Whether all settings equal those of <paramref name="other"/>, so that the camera need not reconnect.</summary>
    internal bool Same(CameraOptions other) =>
        (Id, Name, Url, SubUrl, Transport, Reencode, User, Password)
        == (other.Id, other.Name, other.Url, other.SubUrl, other.Transport, other.Reencode, other.User, other.Password);
}

/// <summary>All cameras, and the settings for reading them.</summary>
public sealed class CamerasOptions
{
    public List<CameraOptions> Cameras { get; set; } = [];

    /// <summary>Analysed frames per second and camera, 1–25; each costs up to one detector inference.</summary>
    [Range(1, 25)]
    public int FramesPerSecond { get; set; } = 5;

    /// <summary>Width of the analysed frame in pixels, 160–1920; the height follows from the aspect ratio.</summary>
    [Range(160, 1920)]
    public int AnalysisWidth { get; set; } = 640;

    /// <summary>Lets ffmpeg decode on the GPU where the machine has one; ffmpeg falls back to the CPU automatically.</summary>
    public bool HardwareDecoding { get; set; } = true;

    /// <summary>
    /// How long to wait for a camera's first picture before the connection is given up; a link with a latency of seconds needs several
    /// times that latency; 1 s to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ConnectWithin { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long to wait for the first key frame of a camera that already sends: smart codecs send one every 20 to 60 s; 1 s to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeyFrameWithin { get; set; } = TimeSpan.FromSeconds(75);

    /// <summary>How long a connected camera may deliver nothing before it counts as silent and is reconnected; 1 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan StallAfter { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Copy in which <see cref="ConnectWithin"/> is at most <paramref name="patience"/>.</summary>
    internal CamerasOptions WithConnectWithin(TimeSpan patience)
    {
        var copy = (CamerasOptions)MemberwiseClone();
        copy.ConnectWithin = patience < ConnectWithin ? patience : ConnectWithin;
        return copy;
    }

    /// <summary>All errors in the camera settings, one message each.</summary>
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
                    yield return $"Camera '{camera.Id}': remove user and password from {setting} and set User and Password instead, so "
                        + "that they do not appear in logs.";
                else if (url.AsSpan().IndexOfAny("'\r\n") >= 0)
                    yield return $"Camera '{camera.Id}': {setting} must not contain quotes or line breaks.";
            }
        }

        foreach (var twice in cameras.GroupBy(c => c.Id).Where(g => g.Count() > 1))
            yield return $"Camera '{twice.Key}' is configured {twice.Count()} times; use each id once.";
    }
}
