namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// An RTSP URL with its credentials. <see cref="ToString"/> never contains them: only the relay that signs in sends them, and only to the
/// camera.
/// </summary>
internal sealed class StreamAddress(string url, string? user, string? password, string transport = "tcp")
{
    public static StreamAddress Of(CameraOptions camera, string url) =>
        new(url, camera.User, camera.Password, camera.Transport) { Reencode = camera.Reencode };

    /// <summary>The URL as entered; it may contain a password, as some manufacturers require.</summary>
    public string Url => url;

    public string? User => user;

    public string? Password => password;

    /// <summary><c>tcp</c> or <c>udp</c>.</summary>
    public string Transport => transport;

    /// <summary>Whether the stream is transcoded to H.264 instead of copied.</summary>
    public bool Reencode { get; private init; }

    /// <summary>Whether pictures are timed by their arrival instead of the stream's timestamps.</summary>
    public bool ByArrival { get; private init; }

    /// <summary>Copy with the transcoding setting of <paramref name="camera"/>.</summary>
    public StreamAddress EncodedAs(CameraOptions camera) =>
        new(url, user, password, transport) { Reencode = camera.Reencode, ByArrival = ByArrival };

    public StreamAddress TimedByArrival() => new(url, user, password, transport) { ByArrival = true, Reencode = Reencode };

    /// <summary>Writes the list that ffmpeg's concat demuxer reads.</summary>
    /// <param name="path">A new file, created readable for the current user only.</param>
    /// <param name="source">Where ffmpeg reads the camera: the relay's URL.</param>
    /// <param name="patience">How long ffmpeg waits on a silent socket.</param>
    /// <param name="keyFrameWithin">How long ffmpeg waits for a key frame where only the key frame describes the stream; null where the SDP
    /// describes it.</param>
    public void WriteList(string path, string source, TimeSpan patience, TimeSpan? keyFrameWithin)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        // Audio is not recorded. With audio, ffmpeg would time pictures by the camera's wall clock, which may be set at any time.
        writer.Write($"ffconcat version 1.0\nfile '{source}'\noption rtsp_transport {transport}\n");
        writer.Write($"option timeout {(long)patience.TotalMicroseconds}\noption allowed_media_types video\n");
        writer.Write(ByArrival ? "option use_wallclock_as_timestamps 1\n" : "");
        if (keyFrameWithin is { } wait)
            writer.Write($"option analyzeduration {(long)wait.TotalMicroseconds}\noption fpsprobesize 2\n");
    }

    /// <summary>Removes the credentials from a line of ffmpeg output.</summary>
    public string Redact(string line)
    {
        foreach (var secret in new[] { password, password is null ? null : Uri.EscapeDataString(password) })
        {
            if (!string.IsNullOrEmpty(secret))
                line = line.Replace(secret, "***", StringComparison.Ordinal);
        }

        return Rtsp.CameraUrl.Redact(line);
    }

    public override string ToString() => Rtsp.CameraUrl.Redact(url);
}
