using System.Diagnostics;

namespace BrightKitchen.EdgeAgent.Tests;

/// <summary>Runs ffmpeg or ffprobe to make pictures and to judge what was made.</summary>
internal static class Ffmpeg
{
    public static Task<string> RunAsync(string arguments) => StartAsync("ffmpeg", "-hide_banner -loglevel error -y " + arguments);

    public static Task<string> ProbeAsync(string arguments) => StartAsync("ffprobe", "-hide_banner -loglevel error " + arguments);

    /// <summary>The decode times of a file's packets, seconds.</summary>
    public static async Task<List<double>> TimesAsync(string file)
    {
        var lines = await ProbeAsync($"-show_entries packet=dts_time -of csv=p=0 {file}");
        return
        [
            .. lines
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(t => double.Parse(t.Trim(','), System.Globalization.CultureInfo.InvariantCulture)),
        ];
    }

    /// <summary>Decodes all of a file.</summary>
    /// <returns>What ffmpeg found wrong with it; empty where nothing is.</returns>
    public static async Task<string> DecodeAsync(string file)
    {
        using var process = Process.Start(
            new ProcessStartInfo("ffmpeg", $"-hide_banner -loglevel warning -i {file} -f rawvideo -y /dev/null")
            {
                RedirectStandardError = true,
            }
        )!;
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said.Trim();
    }

    /// <summary>A moving test picture with a key frame a second.</summary>
    public static Task PictureAsync(string file, string size, int seconds, string more = "") =>
        RunAsync(
            $"-f lavfi -i testsrc2=size={size}:rate=25:duration={seconds} -c:v libx264 -preset ultrafast -g 25 -bf 0 -pix_fmt "
                + $"yuv420p {more} {file}"
        );

    private static async Task<string> StartAsync(string program, string arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed: {await errors}");
    }
}
