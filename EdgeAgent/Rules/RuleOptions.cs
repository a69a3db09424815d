using System.Globalization;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>One rule on one camera, from the section <c>Rules</c>.</summary>
public sealed class RuleOptions
{
    public string Camera { get; set; } = "";

    /// <summary>A code of <see cref="FindingKinds"/> that a shipped model supports.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Display name of the zone.</summary>
    public string ZoneName { get; set; } = "";

    /// <summary>
    /// The zone's corners in shares of width and height (0–1), <c>"0.1,0.2 0.9,0.2 0.5,0.8"</c>; empty is the whole picture.
    /// </summary>
    public string Zone { get; set; } = "";

    /// <summary>
    /// For <c>uncovered-food</c> and <c>bin-open</c>: the name of the taught zone, stored as <c>zones/NAME.json</c> in the edge agent's
    /// data folder.
    /// </summary>
    public string Taught { get; set; } = "";

    /// <summary>
    /// When the rule applies, local time, <c>"10:30-13:00"</c>; across midnight where the end precedes the start; empty is always.
    /// </summary>
    public List<string> Hours { get; set; } = [];

    /// <summary>How long a violation must last to become a finding, 0–3600 s, default 3 s.</summary>
    public TimeSpan Dwell { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a violation must be absent to count as over, 0–3600 s, default 30 s; what returns earlier belongs to the same finding.
    /// </summary>
    public TimeSpan Quiet { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Errors that reject a new or changed rule in addition to <see cref="Faults"/>, one message each. A stored rule that an earlier
    /// release accepted stays valid, so that an update cannot stop a device.
    /// </summary>
    /// <param name="statesOf">Returns the states that a zone was taught; null where it was not taught yet.</param>
    internal IEnumerable<string> SetFaults(Func<string, IReadOnlyCollection<string>?> statesOf)
    {
        if (ZoneName is { Length: > FindingReport.LongestText })
            yield return $"Rule '{Kind}' on camera '{Camera}': the zone's name has {ZoneName.Length} characters; the server accepts "
                + $"{FindingReport.LongestText} at most. Shorten it.";
        if (Taught is { Length: > 0 } && statesOf(Taught) is { } states && Misfit(states) is { } misfit)
            yield return misfit;
    }

    /// <summary>
    /// Why this rule could never fire on a zone with these taught states; null where it can, or where only one state was taught so far.
    /// </summary>
    internal string? Misfit(IReadOnlyCollection<string> states) =>
        RuleKind.All.TryGetValue(Kind, out var kind)
        && kind.Source == RuleSource.TaughtZone
        && states.Count > 1
        && !kind.Violations.Intersect(states).Any()
            ? $"Rule '{Kind}' on camera '{Camera}' would never fire: the zone '{Taught}' was trained with "
                + $"{string.Join(", ", states.Order(StringComparer.Ordinal))}, and the rule needs "
                + $"'{string.Join("' or '", kind.Violations)}' and another state. Train those states, or choose another zone."
            : null;

    /// <summary>All errors in the rule, one message each.</summary>
    public IEnumerable<string> Faults(IReadOnlyCollection<string> cameras)
    {
        if (!cameras.Contains(Camera))
            yield return $"Rule '{Kind}': there is no camera '{Camera}'.";
        if (!RuleKind.All.TryGetValue(Kind, out var kind))
        {
            yield return RuleKind.Unsupported.TryGetValue(Kind, out var why)
                ? $"Rule '{Kind}' on camera '{Camera}' would never fire: {why}. Remove it until a release includes a model for it."
                : $"Rule '{Kind}' on camera '{Camera}': the kind is unknown; use one of {string.Join(", ", RuleKind.All.Keys)}.";
        }

        if (kind?.Source == RuleSource.TaughtZone && (Taught.Length == 0 || Taught.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')))
            yield return $"Rule '{Kind}' on camera '{Camera}' needs Taught, the name of a zone that was trained with './run teach' "
                + "(a-z, 0-9, '-').";
        if (!Rules.Zone.TryParse(Zone, out _))
            yield return $"Rule '{Kind}' on camera '{Camera}': the zone needs three or more corners like \"0.1,0.2 0.9,0.2 0.5,0.8\", "
                + "each 0–1.";
        foreach (var hours in Hours.Where(h => !Rules.Hours.TryParse(h, out _)))
            yield return $"Rule '{Kind}' on camera '{Camera}': '{hours}' is not a time range like 10:30-13:00.";
        if (Dwell < TimeSpan.Zero || Dwell > TimeSpan.FromHours(1) || Quiet < TimeSpan.Zero || Quiet > TimeSpan.FromHours(1))
            yield return $"Rule '{Kind}' on camera '{Camera}': Dwell and Quiet must be between 0 and 3600 s.";
    }
}

/// <summary>A time span of the day in local time.</summary>
internal readonly record struct Hours(TimeOnly From, TimeOnly To)
{
    public static bool TryParse(string text, out Hours hours)
    {
        hours = default;
        var parts = text.Split('-');
        if (
            parts.Length != 2
            || !TimeOnly.TryParseExact(parts[0].Trim(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from)
            || !TimeOnly.TryParseExact(
                parts[1].Trim().Replace("24:00", "00:00", StringComparison.Ordinal),
                "HH:mm",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var to
            )
        )
            return false;
        hours = new(from, to);
        return true;
    }

    /// <summary>Whether the span contains a time: start inclusive, end exclusive; the whole day where they are equal.</summary>
    public bool Hold(TimeOnly time) => From == To || time.IsBetween(From, To);
}
