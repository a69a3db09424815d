using System.Globalization;
using BrightKitchen.Contracts;

namespace BrightKitchen.EdgeAgent.Rules;

/// <summary>One rule on one camera, from the section <c>Rules</c>.</summary>
public sealed class RuleOptions
{
    public string Camera { get; set; } = "";

    /// <summary>A code of <see cref="FindingKinds"/> that a shipped model supports.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The zone's name as people read it.</summary>
    public string ZoneName { get; set; } = "";

    /// <summary>
    /// The zone's corners in shares of width and height, <c>"0.1,0.2 0.9,0.2 0.5,0.8"</c>; the whole picture where empty.
    /// </summary>
    public string Zone { get; set; } = "";

    /// <summary>
    /// Of <c>uncovered-food</c> and <c>bin-open</c>: the taught zone's name, a file <c>zones/NAME.json</c> in the box's data.
    /// </summary>
    public string Taught { get; set; } = "";

    /// <summary>
    /// When it applies, local time, <c>"10:30-13:00"</c>; over midnight where the end is before the start; always where empty.
    /// </summary>
    public List<string> Hours { get; set; } = [];

    /// <summary>How long the violation lasts before it is a finding, 0–3600 s.</summary>
    public TimeSpan Dwell { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long it is gone before it counts as over, 0–3600 s; what comes back earlier is the same finding.</summary>
    public TimeSpan Quiet { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What is wrong with a rule that somebody sets, beside <see cref="Faults"/>, a line each. One that was accepted by an earlier release
    /// goes on, so that an update stops no device.
    /// </summary>
    /// <param name="statesOf">The states that a zone was taught; null where it was not taught yet.</param>
    internal IEnumerable<string> SetFaults(Func<string, IReadOnlyCollection<string>?> statesOf)
    {
        if (ZoneName is { Length: > FindingReport.LongestText })
            yield return $"Rule '{Kind}' on camera '{Camera}': the zone's name has {ZoneName.Length} characters; the server takes "
                + $"{FindingReport.LongestText} at most. Shorten it.";
        if (Taught is { Length: > 0 } && statesOf(Taught) is { } states && Misfit(states) is { } misfit)
            yield return misfit;
    }

    /// <summary>
    /// Why this rule would never fire on a zone that was taught these states; null where it may, or where only one state was shown yet.
    /// </summary>
    internal string? Misfit(IReadOnlyCollection<string> states) =>
        RuleKind.All.TryGetValue(Kind, out var kind)
        && kind.Source == RuleSource.TaughtZone
        && states.Count > 1
        && !kind.Violations.Intersect(states).Any()
            ? $"Rule '{Kind}' on camera '{Camera}' would never fire: the zone '{Taught}' was taught "
                + $"{string.Join(", ", states.Order(StringComparer.Ordinal))}, and the rule needs "
                + $"'{string.Join("' or '", kind.Violations)}' and another state. Teach those, or choose another zone."
            : null;

    /// <summary>Everything that is wrong, a line each.</summary>
    public IEnumerable<string> Faults(IReadOnlyCollection<string> cameras)
    {
        if (!cameras.Contains(Camera))
            yield return $"Rule '{Kind}': there is no camera '{Camera}'.";
        if (!RuleKind.All.TryGetValue(Kind, out var kind))
        {
            yield return RuleKind.Unsupported.TryGetValue(Kind, out var why)
                ? $"Rule '{Kind}' on camera '{Camera}' would never fire: {why}. Take it out until a release brings a model for it."
                : $"Rule '{Kind}' on camera '{Camera}': there is no such kind; there are {string.Join(", ", RuleKind.All.Keys)}.";
        }

        if (kind?.Source == RuleSource.TaughtZone && (Taught.Length == 0 || Taught.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-')))
            yield return $"Rule '{Kind}' on camera '{Camera}' needs Taught, the name of a zone that was taught with './run teach' "
                + "(a-z, 0-9, '-').";
        if (!Rules.Zone.TryParse(Zone, out _))
            yield return $"Rule '{Kind}' on camera '{Camera}': the zone needs three or more corners like \"0.1,0.2 0.9,0.2 0.5,0.8\", "
                + "each 0–1.";
        foreach (var hours in Hours.Where(h => !Rules.Hours.TryParse(h, out _)))
            yield return $"Rule '{Kind}' on camera '{Camera}': '{hours}' is no stretch of the day like 10:30-13:00.";
        if (Dwell < TimeSpan.Zero || Dwell > TimeSpan.FromHours(1) || Quiet < TimeSpan.Zero || Quiet > TimeSpan.FromHours(1))
            yield return $"Rule '{Kind}' on camera '{Camera}': Dwell and Quiet must lie within 0 and 3600 s.";
    }
}

/// <summary>A stretch of the day in local time.</summary>
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

    /// <summary>From the start up to and without the end; the whole day where they are equal.</summary>
    public bool Hold(TimeOnly time) => From == To || time.IsBetween(From, To);
}
