using System.Globalization;
using BrightKitchen.CentralServer.People;

namespace BrightKitchen.CentralServer.Records;

/// <summary>What a field of a record holds.</summary>
public enum FieldType
{
    Text,
    Number,
    Choice,
    YesNo,

    /// <summary>The id of a <see cref="StaffMember"/> of the site.</summary>
    Staff,
}

/// <param name="Least">Of a number; its unit is part of the field's words.</param>
/// <param name="Choices">Of a choice.</param>
public sealed record RecordField(string Name, FieldType Type, bool Required = true, double Least = 0, double Most = 0, IReadOnlyList<string>? Choices = null);

/// <summary>A kind of record: what it asks, who keeps it, how often it is due.</summary>
/// <param name="ByStaff">Whether whoever works there keeps it too, at the lobby's kiosk.</param>
/// <param name="Every">Due once in this many days; 0 where it is kept whenever it happens.</param>
public sealed record RecordKind(string Name, IReadOnlyList<RecordField> Fields, IReadOnlyList<string> By, int Every = 0, bool Public = false, bool ByStaff = false)
{
    /// <summary>The first field that is not as it must be; null where all are.</summary>
    public string? Fault(IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Keys.FirstOrDefault(k => Fields.All(f => f.Name != k)) is { } unknown)
            return unknown;
        return Fields.FirstOrDefault(f => !Fits(f, values.GetValueOrDefault(f.Name, "")))?.Name;
    }

    private static bool Fits(RecordField field, string value) => value.Length == 0 ? !field.Required : field.Type switch
    {
        FieldType.Number => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= field.Least && number <= field.Most,
        FieldType.Choice => field.Choices!.Contains(value),
        FieldType.YesNo => value is "yes" or "no",
        _ => value.Length <= RecordKinds.LongestText,
    };
}

/// <summary>The records that a kitchen keeps (domain.md; samples by GB 31654: at least 125 g for at least 48 h).</summary>
public static class RecordKinds
{
    public const int LongestText = 500;
    public const double LeastSampleGrams = 125;
    public const string MorningCheck = Contracts.MorningCheck.Kind, Disinfection = "disinfection", Sample = "sample", Companion = "companion", Menu = "menu";
    public const string Daily = "self-check-daily", Weekly = "self-check-weekly", Monthly = "self-check-monthly", Waste = "waste", Temperature = "temperature";

    /// <summary>A week's or a term's figures as a principal signed them; written by <see cref="SiteReports"/> alone.</summary>
    public const string Report = "report";

    public static TimeSpan SampleKept { get; } = TimeSpan.FromHours(48);

    private static readonly string[] Both = [Roles.Manager, Roles.Principal], Meals = ["breakfast", "lunch", "dinner"];
    private static readonly RecordField Meal = new("meal", FieldType.Choice, Choices: Meals);
    private static readonly RecordField[] SelfCheck = [new("faults", FieldType.Text, Required: false), new("measures", FieldType.Text, Required: false), new("passed", FieldType.YesNo)];

    private static readonly RecordField[] Counts =
    [
        .. new[] { "findings", "closed", "overdue", "dismissed", "records-kept", "records-due", "alarming", "cases", "answered", "staff-count", "certified" }.Select(n => new RecordField(n, FieldType.Number, Most: 1e9)),
    ];

    public static IReadOnlyList<RecordKind> All { get; } =
    [
        new(MorningCheck,
            [
                new("staff", FieldType.Staff), new("celsius", FieldType.Number, Least: 34, Most: 43), new("symptoms", FieldType.Text, Required: false),
                new("hands-washed", FieldType.YesNo), new("hat", FieldType.YesNo), new("mask", FieldType.YesNo), new("gloves", FieldType.YesNo, Required: false),
            ], Both, Every: 1, ByStaff: true),
        new(Menu, [Meal, new("dishes", FieldType.Text)], Both, Every: 1, Public: true),
        new(Companion, [Meal, new("who", FieldType.Text), new("remarks", FieldType.Text, Required: false)], Both, Every: 1, Public: true),
        new(Sample, [Meal, new("dish", FieldType.Text), new("grams", FieldType.Number, Least: LeastSampleGrams, Most: 2000)], Both, Every: 1, ByStaff: true),
        new(Disinfection, [new("what", FieldType.Text), new("method", FieldType.Choice, Choices: ["heat", "chlorine", "uv", "dishwasher"]), new("minutes", FieldType.Number, Least: 1, Most: 1440)], Both, Every: 1, ByStaff: true),
        new(Temperature, [new("what", FieldType.Text), new("celsius", FieldType.Number, Least: -40, Most: 120)], Both, ByStaff: true),
        new(Waste, [new("what", FieldType.Text), new("kilograms", FieldType.Number, Least: 0, Most: 5000), new("collector", FieldType.Text, Required: false)], Both, ByStaff: true),
        new(Daily, SelfCheck, Both, Every: 1),
        new(Weekly, SelfCheck, [Roles.Principal], Every: 7),
        new(Monthly, SelfCheck, [Roles.Principal], Every: 31),
        new(Report, [new("from", FieldType.Text), new("to", FieldType.Text), .. Counts, new("remarks", FieldType.Text, Required: false)], []),
    ];

    public static RecordKind? Find(string? name) => All.FirstOrDefault(k => k.Name == name);
}
