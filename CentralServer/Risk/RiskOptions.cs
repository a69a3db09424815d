using BrightKitchen.CentralServer.Hosting;

namespace BrightKitchen.CentralServer.Risk;

/// <summary>What counts how much towards a site's risk, from the section <c>Risk</c>. Points; the sum is cut at 100.</summary>
public sealed class RiskOptions
{
    /// <summary>How far back findings and feedback count.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The weight of a confirmed finding of tier 1, 2, 3.</summary>
    public IReadOnlyList<double> PerFinding { get; set; } = [10, 4, 1];

    /// <summary>
    /// The weights together count by their logarithm, as the hundredth finding says less than the first: so much for each doubling, of this
    /// weight on.
    /// </summary>
    public double PerDoubling { get; set; } = 6;

    public double FirstDoubling { get; set; } = 5;

    public double MostOfFindings { get; set; } = 40;

    /// <summary>The same kind confirmed this often within the window is a repeat.</summary>
    public int RepeatFrom { get; set; } = 10;

    public double PerRepeat { get; set; } = 3;

    public double MostOfRepeats { get; set; } = 15;

    public double PerOverdue { get; set; } = 8;

    public double MostOfOverdue { get; set; } = 24;

    /// <summary>An hour in which no box of the site reports.</summary>
    public double PerOfflineHour { get; set; } = 0.5;

    public double MostOfOffline { get; set; } = 12;

    /// <summary>A member of staff with an expired health certificate, or none.</summary>
    public double PerCertificate { get; set; } = 5;

    public double MostOfCertificates { get; set; } = 15;

    /// <summary>A case; an overdue one counts four times.</summary>
    public double PerCase { get; set; } = 1;

    public double MostOfCases { get; set; } = 12;

    /// <summary>From these scores on a site is B, C, D.</summary>
    public IReadOnlyList<int> GradesFrom { get; set; } = [15, 35, 60];

    /// <summary>How often all scores are made anew.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The points of findings that weigh so much together.</summary>
    public double PointsOf(double weight) => PerDoubling * Math.Log2(1 + (weight / FirstDoubling));

    public string GradeOf(int score) => RiskGrades.All[GradesFrom.Count(from => score >= from)];

    /// <summary>What is wrong in it, each with the key first.</summary>
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
                : $"{nameof(PerFinding)} must be three weights from 0 to 100, of tier 1, 2 and 3",
            GradesFrom is { Count: 3 } g && g[0] < g[1] && g[1] < g[2] && g[0] >= 0 && g[2] <= 100
                ? null
                : $"{nameof(GradesFrom)} must be three rising scores from 0 to 100, of the grades B, C and D",
        ];
}

/// <summary>The grades, from the least risk; the grade decides how often a site is inspected.</summary>
public static class RiskGrades
{
    public static IReadOnlyList<string> All { get; } = ["A", "B", "C", "D"];

    /// <summary>A draw gives a site of A one lot, of D four.</summary>
    public static int LotsOf(string grade) => Math.Max(All.ToList().IndexOf(grade), 0) + 1;
}
