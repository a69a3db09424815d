using System.ComponentModel.DataAnnotations;
using BrightKitchen.Contracts;
using BrightKitchen.EdgeAgent.Rules;

namespace BrightKitchen.EdgeAgent.Uplink;

/// <summary>The central server, from the section <c>Uplink</c>.</summary>
public sealed class UplinkOptions
{
    /// <summary>The server's address, <c>https://host</c>; without it the edge agent sends nothing.</summary>
    public Uri? Server { get; set; }

    /// <summary>The one-time code for enrolment; not used afterwards.</summary>
    public string? EnrolmentCode { get; set; }

    /// <summary>
    /// Maximum rate of stills and clips, kilobytes per second; null for no limit. Reports and the live picture are not limited.
    /// </summary>
    [Range(1, 1_000_000)]
    public double? EvidenceKilobytesPerSecond { get; set; }

    /// <summary>When clips may be sent, local time, <c>"20:00-06:00"</c>; always when empty. Reports and stills are sent at once.</summary>
    public List<string> ClipHours { get; set; } = [];

    /// <summary>The name that the server's pages show for this edge agent.</summary>
    [StringLength(FindingReport.LongestText, MinimumLength = 1)]
    public string BoxName { get; set; } = "Kitchen box";

    public IEnumerable<string> Faults() =>
        ClipHours.Where(h => !Hours.TryParse(h, out _)).Select(h => $"Uplink: '{h}' in ClipHours is not a time range like 20:00-06:00.");
}
