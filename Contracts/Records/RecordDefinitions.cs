namespace BrightKitchen.Contracts.Records;

/// <summary>
/// Every kind of record that a kitchen must keep (domain.md; food samples by GB 31654: at least 125 g for at least 48 h), and the answer to
/// an alert.
/// </summary>
public static class RecordDefinitions
{
    public const string Disinfection = "disinfection";
    public const string Sample = "sample";
    public const string Companion = "companion";
    public const string Menu = "menu";
    public const string Waste = "waste";
    public const string Temperature = "temperature";
    public const string Daily = "self-check-daily";
    public const string Weekly = "self-check-weekly";
    public const string Monthly = "self-check-monthly";

    /// <summary>The figures of a week or a term, as signed by the principal.</summary>
    public const string Report = "report";

    /// <summary>The only field of a <see cref="KioskEntry.Answer"/>.</summary>
    public const string AnswerText = "text";

    public const double LeastSampleGrams = 125;

    /// <summary>Maximum length of an answer to a finding, UTF-16 code units.</summary>
    public const int LongestAnswer = 1000;

    private static readonly string[] Meals = ["breakfast", "lunch", "dinner"];
    private static readonly string[] Methods = ["heat", "chlorine", "uv", "dishwasher"];
    private static readonly RecordField Meal = new("meal", FieldType.Choice, Choices: Meals);

    private static readonly RecordField[] SelfCheck =
    [
        new("faults", FieldType.Text, Required: false),
        new("measures", FieldType.Text, Required: false),
        new("passed", FieldType.YesNo),
    ];

    private static readonly RecordField[] Counts =
    [
        .. new[]
        {
            "findings",
            "closed",
            "overdue",
            "dismissed",
            "records-kept",
            "records-due",
            "alarming",
            "cases",
            "answered",
            "staff-count",
            "certified",
        }.Select(n => new RecordField(n, FieldType.Number, Most: 1e9)),
    ];

    public static RecordDefinition MorningCheck { get; } =
        new(
            Contracts.MorningCheck.Kind,
            [
                new(Contracts.MorningCheck.Staff, FieldType.Staff),
                new(Contracts.MorningCheck.Celsius, FieldType.Number, Least: 34, Most: 43),
                new(Contracts.MorningCheck.Symptoms, FieldType.Text, Required: false),
                new(Contracts.MorningCheck.HandsWashed, FieldType.YesNo),
                new(Contracts.MorningCheck.Hat, FieldType.YesNo),
                new(Contracts.MorningCheck.Mask, FieldType.YesNo),
                new(Contracts.MorningCheck.Gloves, FieldType.YesNo, Required: false),
            ],
            AtKiosk: true
        );

    /// <summary>The staff's answer to an alert.</summary>
    public static RecordDefinition Answer { get; } =
        new(KioskEntry.Answer, [new(AnswerText, FieldType.Text, Longest: LongestAnswer)], AtKiosk: true);

    /// <summary>All kinds of record; <see cref="Answer"/> is not one.</summary>
    public static IReadOnlyList<RecordDefinition> All { get; } =
    [
        MorningCheck,
        new(Menu, [Meal, new("dishes", FieldType.Text)]),
        new(Companion, [Meal, new("who", FieldType.Text), new("remarks", FieldType.Text, Required: false)]),
        new(
            Sample,
            [Meal, new("dish", FieldType.Text), new("grams", FieldType.Number, Least: LeastSampleGrams, Most: 2000)],
            AtKiosk: true
        ),
        new(
            Disinfection,
            [
                new("what", FieldType.Text),
                new("method", FieldType.Choice, Choices: Methods),
                new("minutes", FieldType.Number, Least: 1, Most: 1440),
            ],
            AtKiosk: true
        ),
        new(Temperature, [new("what", FieldType.Text), new("celsius", FieldType.Number, Least: -40, Most: 120)], AtKiosk: true),
        new(
            Waste,
            [
                new("what", FieldType.Text),
                new("kilograms", FieldType.Number, Least: 0, Most: 5000),
                new("collector", FieldType.Text, Required: false),
            ],
            AtKiosk: true
        ),
        new(Daily, SelfCheck),
        new(Weekly, SelfCheck),
        new(Monthly, SelfCheck),
        new(Report, [new("from", FieldType.Text), new("to", FieldType.Text), .. Counts, new("remarks", FieldType.Text, Required: false)]),
    ];

    /// <summary>Null when there is no such kind of record.</summary>
    public static RecordDefinition? Find(string? name) => All.FirstOrDefault(k => k.Name == name);

    /// <summary>
    /// The definition of what staff enter at a kiosk under this kind, including an answer; null when the kind is not entered there.
    /// </summary>
    public static RecordDefinition? AtKiosk(string? kind) =>
        kind == KioskEntry.Answer ? Answer
        : Find(kind) is { AtKiosk: true } found ? found
        : null;
}
