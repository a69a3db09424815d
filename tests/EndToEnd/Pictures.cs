using Microsoft.Playwright;

namespace BrightKitchen.EndToEnd;

/// <summary>What a video element shows, looked at in the browser.</summary>
internal static class Pictures
{
    /// <summary>Mean brightness (0–255) of the whole picture and how much it varies.</summary>
    public static async Task<(double Mean, double Deviation)> LightAsync(IPage page, string video)
    {
        var numbers = await page.EvaluateAsync<double[]>(
            """
            selector => {
              const video = document.querySelector(selector);
              const canvas = document.createElement("canvas");
              canvas.width = 64; canvas.height = 36;
              const context = canvas.getContext("2d");
              context.drawImage(video, 0, 0, 64, 36);
              const data = context.getImageData(0, 0, 64, 36).data;
              let sum = 0, squares = 0, n = 64 * 36;
              for (let i = 0; i < data.length; i += 4) { const v = (data[i] + data[i + 1] + data[i + 2]) / 3; sum += v; squares += v * v; }
              return [sum / n, Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2))];
            }
            """,
            video
        );
        return (numbers[0], numbers[1]);
    }

    public static Task<double> ClockAsync(IPage page, string video) =>
        page.EvaluateAsync<double>("s => document.querySelector(s).currentTime", video);

    /// <summary>A fingerprint of the picture: another picture has another one.</summary>
    public static Task<string> PrintAsync(IPage page, string video) =>
        page.EvaluateAsync<string>(
            """
            selector => {
              const canvas = document.createElement("canvas");
              canvas.width = 160; canvas.height = 90;
              canvas.getContext("2d").drawImage(document.querySelector(selector), 0, 0, 160, 90);
              return canvas.toDataURL("image/png");
            }
            """,
            video
        );
}
