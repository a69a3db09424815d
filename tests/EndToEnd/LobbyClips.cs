using System.Diagnostics;
using System.Globalization;
using BrightKitchen.Fixtures;

namespace BrightKitchen.EndToEnd;

/// <summary>
/// What the kiosk's camera shows in tests: the portrait of the demo's first camera, with a hat, a mask and gloves drawn on it or not, or a
/// badge.
/// </summary>
internal static class LobbyClips
{
    // The portrait of 512 px lies at 600, 190 on the camera's picture, scaled to 700 px.
    private const string Draw = """
        async ([picture, wears]) => {
          const image = new Image();
          image.src = picture;
          await image.decode();
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [1280, 720];
          const c = canvas.getContext("2d");
          c.fillStyle = "#e4e9e6";
          c.fillRect(0, 0, 1280, 720);
          // The portrait alone, without the flag at its side.
          const [x0, y0, s] = [380, 60, 1.25];
          c.drawImage(image, 600 + 130 * 700 / 512, 190, 382 * 700 / 512, 690, x0 + 130 * s, y0, 382 * s, 690 * 512 / 700 * s);
          const X = (x) => x0 + x * s, Y = (y) => y0 + y * s;
          if (wears.includes("mask")) {
            c.fillStyle = "#96bed7";
            c.beginPath();
            [[183, 128], [205, 122], [226, 118], [248, 122], [268, 130], [266, 160], [250, 185], [226, 192], [203, 184], [186, 160]].forEach(([x, y], i) => (i ? c.lineTo(X(x), Y(y)) : c.moveTo(X(x), Y(y))));
            c.fill();
            c.strokeStyle = "#82aac3";
            for (const y of [138, 150, 162]) { c.beginPath(); c.moveTo(X(190), Y(y)); c.lineTo(X(263), Y(y)); c.stroke(); }
          }
          if (wears.includes("hat")) {
            c.fillStyle = "#fafafa";
            c.beginPath(); c.ellipse(X(224), Y(34), 90 * s, 42 * s, 0, 0, 7); c.fill();
            c.fillStyle = "#eeeef0";
            c.fillRect(X(143), Y(36), 163 * s, 36 * s);
            c.strokeStyle = "#cdcdd2";
            c.beginPath(); c.moveTo(X(143), Y(72)); c.lineTo(X(306), Y(72)); c.stroke();
          }
          const hand = (x, y, flip) => {
            const d = flip ? -1 : 1, z = 1.7;
            for (const [grow, colour] of [[1.25, "#275e94"], [1, "#3278be"]]) {
              c.strokeStyle = colour;
              c.lineCap = "round";
              for (const [a, b, e, f, w] of [[0, 60, 0, 28, 34], [-8, 20, 8, 20, 36], [0, 8, 0, 26, 38], [-15, 4, -24, -34, 11], [-5, 0, -8, -46, 12], [6, 0, 8, -46, 12], [16, 4, 23, -36, 11], [20, 24, 40, 2, 12]]) {
                c.lineWidth = w * grow * z;
                c.beginPath(); c.moveTo(x + d * a * z, y + b * z); c.lineTo(x + d * e * z, y + f * z); c.stroke();
              }
            }
          };
          if (wears.includes("gloves")) { hand(330, 430, false); hand(1140, 430, true); }
          return canvas.toDataURL("image/png");
        }
        """;

    /// <summary>Somebody who wears these: <c>hat</c>, <c>mask</c>, <c>gloves</c>.</summary>
    public static async Task<string> SomebodyAsync(RunningKitchen running, params IReadOnlyList<string> wears)
    {
        var folder = running.Folder("lobby");
        var (portrait, name) = (Path.Combine(folder, "portrait.png"), string.Join('-', wears.DefaultIfEmpty("nothing")));
        if (!File.Exists(portrait))
            await FfmpegAsync(["-ss", "9", "-i", Path.Combine(Repository.Pictures, "line-main.ts"), "-frames:v", "1", portrait]);
        var page = await running.Browser.NewPageAsync();
        var drawn = await page.EvaluateAsync<string>(
            Draw,
            new object[] { "data:image/png;base64," + Convert.ToBase64String(await File.ReadAllBytesAsync(portrait)), wears }
        );
        await page.CloseAsync();
        return await ClipAsync(folder, name, drawn);
    }

    /// <summary>A picture as the camera sees it, such as a badge that is held before it.</summary>
    /// <param name="data">A PNG as a data URL.</param>
    public static Task<string> OfAsync(RunningKitchen running, string name, string data) => ClipAsync(running.Folder("lobby"), name, data);

    private static async Task<string> ClipAsync(string folder, string name, string data)
    {
        var (picture, clip) = (Path.Combine(folder, name + ".png"), Path.Combine(folder, name + ".mjpeg"));
        await File.WriteAllBytesAsync(picture, Convert.FromBase64String(data.Split(',')[1]));
        await FfmpegAsync([
            "-loop",
            "1",
            "-i",
            picture,
            "-vf",
            "scale=1280:640:force_original_aspect_ratio=decrease,pad=1280:720:(ow-iw)/2:(oh-ih)/2:color=0xe4e9e6,fps=10,noise=alls=4:allf=t,format=yuvj420p",
            "-q:v",
            "3",
            "-t",
            "3",
            clip,
        ]);
        return clip;
    }

    private static async Task FfmpegAsync(IEnumerable<string> arguments)
    {
        using var ffmpeg = Process.Start(
            new ProcessStartInfo("ffmpeg", ["-hide_banner", "-loglevel", "error", "-y", .. arguments]) { RedirectStandardError = true }
        )!;
        var said = await ffmpeg.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await ffmpeg.WaitForExitAsync(TestContext.Current.CancellationToken);
        ffmpeg.ExitCode.ShouldBe(0, string.Create(CultureInfo.InvariantCulture, $"ffmpeg: {said}"));
    }
}
