using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>The continuous recording, from the section <c>Recording</c>.</summary>
public sealed class RecordingOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// How long recordings are kept, days, 1–90; the rules ask for 7 at least, and 14, 15 and 30 are usual. A 4 Mbit/s camera takes 43 GB a
    /// day.
    /// </summary>
    [Range(1, 90)]
    public int Days { get; set; } = 7;

    /// <summary>The most that recordings may take, GB; only the days and the free space bound them where null.</summary>
    [Range(1, 100_000)]
    public double? MostGigabytes { get; set; }

    /// <summary>What stays free on the disk, GB, for findings and everything else; the oldest recordings make room.</summary>
    [Range(0.05, 10_000)]
    public double KeepFreeGigabytes { get; set; } = 2;
}
