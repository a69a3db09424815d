using System.Diagnostics;
using BrightKitchen.Torture;

namespace BrightKitchen.Benchmarks;

/// <summary>A thousand kills of the box's store and recording at random moments.</summary>
internal static class KillBench
{
    private const int Rounds = 1000;

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-kill-").FullName;
        try
        {
            var stream = Path.Combine(folder, "stream.mp4");
            using (
                var ffmpeg = Process.Start(
                    "ffmpeg",
                    "-hide_banner -loglevel error -f lavfi -i "
                        + "testsrc2=size=320x180:rate=25:duration=6 -c:v libx264 -preset ultrafast -g 25 -bf 0 -pix_fmt yuv420p "
                        + $"-movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 500000 {stream}"
                )
            )
                await ffmpeg.WaitForExitAsync();
            say($"{Rounds} kills …");
            var count = await KillRounds.RunAsync(folder, stream, Rounds, CancellationToken.None);
            foreach (var fault in count.Lost.Concat(count.Twice).Concat(count.Unplayable).Take(20))
                say(fault);
            return
            [
                new(
                    "kill9.lost",
                    count.Lost.Count,
                    "promises",
                    $"of {count.Promises} that the store and the recording had made; the goal is 0",
                    count.Rounds
                ),
                new("kill9.twice", count.Twice.Count, "entries", "acknowledged and still there; the goal is 0", count.Rounds),
                new(
                    "kill9.unplayable",
                    count.Unplayable.Count,
                    "parts",
                    $"of {count.Findings} findings' stills, clips and seals; the goal is 0",
                    count.Rounds
                ),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
