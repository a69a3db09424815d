using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BrightKitchen.EdgeAgent.Cameras.Rtsp;
using BrightKitchen.EdgeAgent.Configuration;
using BrightKitchen.EdgeAgent.Installer;
using BrightKitchen.VisionModels.Manifests;

namespace BrightKitchen.EdgeAgent.Tools;

/// <summary>
/// Prints diagnostics for support, without secrets: <c>doctor --settings FILE</c>. Exits with 2 when a check fails.
/// </summary>
internal static class DoctorTool
{
    private const long LeastDisk = 2L << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(IReadOnlyList<string> args, CancellationToken stop)
    {
        var given = new ToolArguments(args, ["settings", "models"], []);
        var sick = 0;
        void Say(bool well, string what, string about)
        {
            sick += well ? 0 : 1;
            Console.WriteLine($"{(well ? "ok" : "!!")}  {what, -12} {about}");
        }

        Say(
            true,
            "version",
            $"{Assembly.GetExecutingAssembly().GetName().Version} on {RuntimeInformation.FrameworkDescription}, "
                + $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores"
        );
        AgentSettings settings;
        try
        {
            settings = AgentSettings.Read(SettingsFile.Read(given));
            Say(true, "settings", given["settings"] ?? "defaults");
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            throw new ToolException(e.Message, e);
        }

        var ffmpeg = await FfmpegAsync(stop);
        Say(ffmpeg is not null, "ffmpeg", ffmpeg ?? "is not installed: run apt-get install ffmpeg");
        foreach (var name in new[] { "detector", "embedding", "head", "face", "hand" })
            Try("model", () =>
                ModelManifest.Read(given["models"] ?? settings.Detection.Models, name) is var (m, w)
                    ? $"{m.Name} {m.Version}, {w.Length / 1e6:0.0} MB, checksum valid"
                    : ""
            );
        var data = Path.GetFullPath(settings.Data);
        Try("data", () =>
        {
            var probe = Path.Combine(data, ".doctor");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return data;
        });
        var free = new DriveInfo(Directory.Exists(data) ? data : "/").AvailableFreeSpace;
        Say(
            free > LeastDisk,
            "disk",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{free / 1e9:0.0} GB free{(free > LeastDisk ? "" : "; free some: evidence needs it")}"
            )
        );
        var store = new FileInfo(Path.Combine(data, "evidence.db"));
        Say(true, "evidence", store.Exists ? string.Create(CultureInfo.InvariantCulture, $"{store.Length / 1e6:0.0} MB") : "none yet");
        Say(true, "enrolled", File.Exists(Path.Combine(data, "enrolment.json")) ? "yes" : "no");
        if (settings.Installer.Port != 0 && File.Exists(Path.Combine(data, "installer.pem")))
            Try("page", () =>
                $"https://{Environment.MachineName}:{settings.Installer.Port}/  SHA-256 {Fingerprint(data)}  code in "
                + $"{Path.Combine(data, "admin.code")}"
            );
        foreach (var camera in SettingsFile.Site(settings).Cameras)
        {
            foreach (
                var url in new[] { camera.Url, camera.SubUrl }
                    .OfType<string>()
                    .Select(CameraUrl.Parse)
                    .OfType<CameraUrl>()
                    .DistinctBy(u => u.Authority)
            )
                Say(
                    await AnswersAsync(url.Host, url.Port, stop),
                    "camera",
                    $"{camera.Id} ({camera.DisplayName}) at {url.Authority}{(camera.Password is null ? ", without password" : "")}"
                );
        }

        if (settings.Uplink.Server is { } server)
            Say(await AnswersAsync(server.Host.Trim('[', ']'), server.Port, stop), "server", server.GetLeftPart(UriPartial.Authority));
        if (sick > 0)
            throw new ToolException($"{sick} checks failed; they are marked with !!");

        void Try(string what, Func<string> look)
        {
            try
            {
                Say(true, what, look());
            }
            catch (Exception e) when (e is ModelException or IOException or UnauthorizedAccessException or CryptographicException)
            {
                Say(false, what, e.Message);
            }
        }
    }

    private static string Fingerprint(string data)
    {
        using var own = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(
            Path.Combine(data, "installer.pem")
        );
        return InstallerCertificate.Fingerprint(own);
    }

    private static async Task<bool> AnswersAsync(string host, int port, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(Patience);
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(host, port, end.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    private static async Task<string?> FfmpegAsync(CancellationToken stop)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", "-version") { RedirectStandardOutput = true })!;
            var line = await process.StandardOutput.ReadLineAsync(stop);
            await process.StandardOutput.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return line?.Split(" Copyright")[0];
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
