namespace BrightKitchen.EdgeAgent.Cameras;

/// <summary>An RTSP address with its credentials. Its text never contains them; only <see cref="WriteList"/> lets them out, into a file that
/// nobody else may read, so that they stand on no command line.</summary>
internal sealed class StreamAddress(string url, string? user, string? password, string transport = "tcp")
{
    public static StreamAddress Of(CameraOptions camera, string url) => new(url, camera.User, camera.Password, camera.Transport) { Reencode = camera.Reencode };

    /// <summary>The stream is encoded anew as H.264 instead of copied.</summary>
    public bool Reencode { get; private init; }

    /// <summary>Pictures are timed by their arrival, not by the stream's own timestamps.</summary>
    public bool ByArrival { get; private init; }

    public StreamAddress TimedByArrival() => new(url, user, password, transport) { ByArrival = true, Reencode = Reencode };

    /// <summary>Writes the address as a list for ffmpeg's concat demuxer.</summary>
    /// <param name="path">A new file, made readable for this user alone.</param>
    /// <param name="patience">How long ffmpeg waits on a silent socket.</param>
    public void WriteList(string path, TimeSpan patience)
    {
        var full = user is null ? url : url.Insert(url.IndexOf("://", StringComparison.Ordinal) + 3, $"{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password ?? "")}@");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write($"ffconcat version 1.0\nfile '{full}'\noption rtsp_transport {transport}\noption timeout {(long)patience.TotalMicroseconds}\n{(ByArrival ? "option use_wallclock_as_timestamps 1\n" : "")}");
    }

    /// <summary>Takes the credentials out of a line that ffmpeg wrote.</summary>
    public string Redact(string line)
    {
        if (user is null)
            return line;
        foreach (var secret in new[] { password, password is null ? null : Uri.EscapeDataString(password) })
        {
            if (!string.IsNullOrEmpty(secret))
                line = line.Replace(secret, "***", StringComparison.Ordinal);
        }

        return line;
    }

    public override string ToString() => url;
}
