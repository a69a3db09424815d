using System.ComponentModel.DataAnnotations;

namespace BrightKitchen.EdgeAgent.Recording;

/// <summary>Continuous recording, from the section <c>Recording</c>.</summary>
public sealed class RecordingOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Retention in days, 1–90; regulations require at least 7, and 14, 15 and 30 are common. A 4 Mbit/s camera takes 43 GB per day.
    /// </summary>
    [Range(1, 90)]
    public int Days { get; set; } = 7;

    /// <summary>Maximum size of all recordings in GB (10⁹ bytes); null limits them only by days and free space.</summary>
    [Range(1, 100_000)]
    public double? MostGigabytes { get; set; }

    /// <summary>
    /// Disk space to keep free in GB (10⁹ bytes), for findings and everything else; the oldest recordings are deleted to free it.
    /// </summary>
    [Range(0.05, 10_000)]
    public double KeepFreeGigabytes { get; set; } = 2;
}
