using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>Weights of a site's risk score in points, section <c>Risk</c>. The total is limited to 100.</summary>
public sealed class RiskOptions
{
    /// <summary>Age up to which findings and cases count.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Weights of a confirmed finding of tier 1, 2 and 3, 0 to 100 each.</summary>
    public IReadOnlyList<double> PerFinding { get; set; } = [10, 4, 1];

    /// <summary>
    /// Points for each doubling of the total weight of findings, see <see cref="PointsOf"/>. The scale is logarithmic because the hundredth
    /// finding is less informative than the first; <see cref="FirstDoubling"/> is the weight of the first doubling.
    /// </summary>
    public double PerDoubling { get; set; } = 6;

    public double FirstDoubling { get; set; } = 5;

    public double MostOfFindings { get; set; } = 40;

    /// <summary>A kind that is confirmed this often within the window counts as a repeat.</summary>
    public int RepeatFrom { get; set; } = 10;

    public double PerRepeat { get; set; } = 3;

    public double MostOfRepeats { get; set; } = 15;

    public double PerOverdue { get; set; } = 8;

    public double MostOfOverdue { get; set; } = 24;

    /// <summary>Points per full hour since an edge agent of the site last reported.</summary>
    public double PerOfflineHour { get; set; } = 0.5;

    public double MostOfOffline { get; set; } = 12;

    /// <summary>Points per member of staff with an expired health certificate or none.</summary>
    public double PerCertificate { get; set; } = 5;

    public double MostOfCertificates { get; set; } = 15;

    /// <summary>Points per case; an overdue one counts four times.</summary>
    public double PerCase { get; set; } = 1;

    public double MostOfCases { get; set; } = 12;

    /// <summary>Lowest scores of the grades B, C and D, ascending, 0 to 100.</summary>
    public IReadOnlyList<int> GradesFrom { get; set; } = [15, 35, 60];

    /// <summary>Interval at which all scores are recalculated.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Points of findings with this total weight.</summary>
    public double PointsOf(double weight) => PerDoubling * Math.Log2(1 + (weight / FirstDoubling));

    public string GradeOf(int score) => RiskGrades.All[GradesFrom.Count(from => score >= from)];

    /// <summary>Configuration errors, each beginning with the key; null entries are settings without an error.</summary>
    internal IEnumerable<string?> Faults() =>
        [
            Setting.Span(nameof(Window), Window),
            Setting.Span(nameof(Every), Every),
            Setting.Points(nameof(PerDoubling), PerDoubling),
            Setting.Points(nameof(MostOfFindings), MostOfFindings),
            FirstDoubling > 0 ? null : $"{nameof(FirstDoubling)} is {FirstDoubling}: it must be more than 0",
            Setting.Within(nameof(RepeatFrom), RepeatFrom, 1, 1_000_000),
            Setting.Points(nameof(PerRepeat), PerRepeat),
            Setting.Points(nameof(MostOfRepeats), MostOfRepeats),
            Setting.Points(nameof(PerOverdue), PerOverdue),
            Setting.Points(nameof(MostOfOverdue), MostOfOverdue),
            Setting.Points(nameof(PerOfflineHour), PerOfflineHour),
            Setting.Points(nameof(MostOfOffline), MostOfOffline),
            Setting.Points(nameof(PerCertificate), PerCertificate),
            Setting.Points(nameof(MostOfCertificates), MostOfCertificates),
            Setting.Points(nameof(PerCase), PerCase),
            Setting.Points(nameof(MostOfCases), MostOfCases),
            PerFinding is { Count: 3 } && PerFinding.All(p => p is >= 0 and <= 100)
                ? null
                : $"{nameof(PerFinding)} must be three weights from 0 to 100, for tiers 1, 2 and 3",
            GradesFrom is { Count: 3 } g && g[0] < g[1] && g[1] < g[2] && g[0] >= 0 && g[2] <= 100
                ? null
                : $"{nameof(GradesFrom)} must be three ascending scores from 0 to 100, for grades B, C and D",
        ];
}

/// <summary>The grades, lowest risk first; the grade determines how often a site is inspected.</summary>
public static class RiskGrades
{
    public static IReadOnlyList<string> All { get; } = ["A", "B", "C", "D"];

    /// <summary>Number of lots in a draw: 1 for grade A to 4 for grade D.</summary>
    public static int LotsOf(string grade) => Math.Max(All.ToList().IndexOf(grade), 0) + 1;
}
