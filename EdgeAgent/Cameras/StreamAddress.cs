namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>
/// An RTSP address with its credentials. Its text never contains them: they go to the camera alone, by the relay that signs in.
/// </summary>
internal sealed class StreamAddress(string url, string? user, string? password, string transport = "tcp")
{
    public static StreamAddress Of(CameraOptions camera, string url) =>
        new(url, camera.User, camera.Password, camera.Transport) { Reencode = camera.Reencode };

    /// <summary>As it was entered; it may hold a password, as some makers write it.</summary>
    public string Url => url;

    public string? User => user;

    public string? Password => password;

    /// <summary><c>tcp</c> or <c>udp</c>.</summary>
    public string Transport => transport;

    /// <summary>The stream is encoded anew as H.264 instead of copied.</summary>
    public bool Reencode { get; private init; }

    /// <summary>Pictures are timed by their arrival, not by the stream's own timestamps.</summary>
    public bool ByArrival { get; private init; }

    /// <summary>Encoded where the camera's settings say so.</summary>
    public StreamAddress EncodedAs(CameraOptions camera) =>
        new(url, user, password, transport) { Reencode = camera.Reencode, ByArrival = ByArrival };

    public StreamAddress TimedByArrival() => new(url, user, password, transport) { ByArrival = true, Reencode = Reencode };

    /// <summary>Writes what ffmpeg reads as a list for its concat demuxer.</summary>
    /// <param name="path">A new file, made readable for this user alone.</param>
    /// <param name="source">Where ffmpeg reads the camera: the relay's address.</param>
    /// <param name="patience">How long ffmpeg waits on a silent socket.</param>
    /// <param name="keyFrameWithin">How long ffmpeg waits for a key frame where only that says what the stream is; null where the camera
    /// has said so.</param>
    public void WriteList(string path, string source, TimeSpan patience, TimeSpan? keyFrameWithin)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        // Sound is not recorded. Beside it ffmpeg would time pictures by the camera's wall clock, which may be set at any time.
        writer.Write($"ffconcat version 1.0\nfile '{source}'\noption rtsp_transport {transport}\n");
        writer.Write($"option timeout {(long)patience.TotalMicroseconds}\noption allowed_media_types video\n");
        writer.Write(ByArrival ? "option use_wallclock_as_timestamps 1\n" : "");
        if (keyFrameWithin is { } wait)
            writer.Write($"option analyzeduration {(long)wait.TotalMicroseconds}\noption fpsprobesize 2\n");
    }

    /// <summary>Takes the credentials out of a line that ffmpeg wrote.</summary>
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
