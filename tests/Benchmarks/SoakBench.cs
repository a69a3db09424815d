using System.Globalization;
using System.Text;
using BrightKitchen.Fixtures;

namespace BrightKitchen.Benchmarks;

/// <summary>
/// The box with sixteen cameras for an hour (<c>--minutes N</c> for another time): memory, handles and threads must stay flat. Leaves a
/// table and a plot in <c>artifacts/soak</c>.
/// </summary>
internal static class SoakBench
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<Figure>> RunAsync(Action<string> say, int minutes)
    {
        var folder = Directory.CreateTempSubdirectory("brightkitchen-soak-").FullName;
        try
        {
            await using var cameras = await CameraServer.StartAsync(
                folder,
                [
                    new("/main", Path.Combine(Repository.Pictures, "line-main.ts")),
                    new("/sub", Path.Combine(Repository.Pictures, "line-sub.ts")),
                ]
            );
            say($"sixteen cameras for {minutes} minutes …");
            var (agent, address) = await EdgeBench.StartAgentAsync(folder, cameras, 16);
            await using var owned = agent;
            var (began, last, samples) = (TimeProvider.System.GetTimestamp(), default(EdgeBench.Counts), new List<Sample>());
            while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(minutes))
            {
                await Task.Delay(Step);
                var now = await EdgeBench.CountsAsync(address);
                if (last is not null)
                    samples.Add(Sample.Of(agent.Id, TimeProvider.System.GetElapsedTime(began).TotalMinutes, last, now));
                last = now;
            }

            Write(samples);
            // What the first quarter loads (models, pools, caches) is no growth.
            var (early, late) = (samples[(samples.Count / 4)..(samples.Count / 2)], samples[(samples.Count * 3 / 4)..]);
            double Growth(Func<Sample, double> of) => late.Average(of) / early.Average(of);
            return
            [
                new(
                    "soak.memory_growth",
                    Growth(s => s.Megabytes),
                    "ratio",
                    "resident memory, last quarter / second quarter; flat is 1",
                    samples.Count
                ),
                new("soak.memory_mb", late.Average(s => s.Megabytes), "MB", "EdgeAgent without its ffmpeg, last quarter", samples.Count),
                new("soak.handles_growth", Growth(s => s.Handles), "ratio", "open files, last quarter / second quarter", samples.Count),
                new("soak.threads_growth", Growth(s => s.Threads), "ratio", "threads, last quarter / second quarter", samples.Count),
                new(
                    "soak.age_p50_ms",
                    samples.Average(s => s.AgeP50) * 1000,
                    "ms",
                    "mean of the samples, upper end of the histogram's step",
                    samples.Count
                ),
                new("soak.age_p99_ms", samples.Max(s => s.AgeP99) * 1000, "ms", "worst sample; the goal is below 1000", samples.Count),
                new(
                    "soak.dropped_share",
                    samples.Sum(s => s.Dropped) / samples.Sum(s => s.Judged + s.Dropped),
                    "share",
                    "frames that a newer one replaced",
                    (long)samples.Sum(s => s.Judged)
                ),
            ];
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void Write(List<Sample> samples)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "soak")).FullName;
        File.WriteAllLines(
            Path.Combine(folder, "soak.csv"),
            [
                "minute,megabytes,handles,threads,age_p50_s,age_p99_s,dropped",
                .. samples.Select(s =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{s.Minute:0.0},{s.Megabytes:0.0},{s.Handles},{s.Threads},{s.AgeP50},{s.AgeP99},{s.Dropped}"
                    )
                ),
            ]
        );
        var plot = new StringBuilder(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 760\" font-family=\"sans-serif\" "
                + "font-size=\"13\"><rect width=\"900\" height=\"760\" fill=\"#fff\"/>"
        );
        (string Name, Func<Sample, double> Of)[] lines =
        [
            ("memory, MB", s => s.Megabytes),
            ("open files", s => s.Handles),
            ("threads", s => s.Threads),
            ("age p99, s", s => s.AgeP99),
            ("dropped frames", s => s.Dropped),
        ];
        foreach (var (name, of, row) in lines.Select((l, row) => (l.Name, l.Of, row)))
        {
            var (top, most, end) = (20 + (row * 148), Math.Max(samples.Max(of), 1e-9), samples[^1].Minute);
            var points = string.Join(
                ' ',
                samples.Select(s =>
                    string.Create(CultureInfo.InvariantCulture, $"{60 + (800 * s.Minute / end):0.0},{top + 110 - (100 * of(s) / most):0.0}")
                )
            );
            plot.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"60\" y=\"{top}\">{name}, 0 to {most:0.##}, over {end:0} "
                    + $"minutes</text><path d=\"M60 {top + 110}H860\" stroke=\"#ccc\"/><polyline points=\"{points}\" fill=\"none\" "
                    + $"stroke=\"#17834a\" stroke-width=\"1.5\"/>"
            );
        }

        File.WriteAllText(Path.Combine(folder, "soak.svg"), plot.Append("</svg>").ToString());
    }

    private sealed record Sample(
        double Minute,
        double Megabytes,
        double Handles,
        double Threads,
        double AgeP50,
        double AgeP99,
        double Dropped,
        double Judged
    )
    {
        public static Sample Of(int process, double minute, EdgeBench.Counts before, EdgeBench.Counts now)
        {
            double Field(string name) =>
                double.Parse(
                    File.ReadLines($"/proc/{process}/status")
                        .First(l => l.StartsWith(name, StringComparison.Ordinal))
                        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
                    CultureInfo.InvariantCulture
                );
            return new(
                minute,
                Field("VmRSS:") / 1024,
                Directory.GetFileSystemEntries($"/proc/{process}/fd").Length,
                Field("Threads:"),
                EdgeBench.AgeOf(before, now, 0.5),
                EdgeBench.AgeP99(before, now),
                now.Dropped - before.Dropped,
                now.Judged - before.Judged
            );
        }
    }
}
