using System.ComponentModel.DataAnnotations;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Rules;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>The central server, from the section <c>Uplink</c>.</summary>
public sealed class UplinkOptions
{
    /// <summary>Its address, <c>https://host</c>; without one the box keeps everything to itself.</summary>
    public Uri? Server { get; set; }

    /// <summary>The one-time code of the first connection; afterwards it is of no use.</summary>
    public string? EnrolmentCode { get; set; }

    /// <summary>
    /// The most that stills and clips may take of the line, kilobytes a second; no limit where null. Reports and the live picture are not
    /// limited.
    /// </summary>
    [Range(1, 1_000_000)]
    public double? EvidenceKilobytesPerSecond { get; set; }

    /// <summary>When clips may be sent, local time, <c>"20:00-06:00"</c>; always where empty. Reports and stills go at once.</summary>
    public List<string> ClipHours { get; set; } = [];

    /// <summary>What the server's pages call this box.</summary>
    [StringLength(FindingReport.LongestText, MinimumLength = 1)]
    public string BoxName { get; set; } = "Kitchen box";

    public IEnumerable<string> Faults() =>
        ClipHours
            .Where(h => !Hours.TryParse(h, out _))
            .Select(h => $"Uplink: '{h}' in ClipHours is no stretch of the day like 20:00-06:00.");
}
