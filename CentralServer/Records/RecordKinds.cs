using BrightKitchen.CentralServer.Identity;
using BrightKitchen.Contracts.Records;

namespace BrightKitchen.CentralServer.Records;

/// <summary>A kind of record: its fields, the roles that may enter it, and how often it is due.</summary>
/// <param name="Every">Period in days within which one record is due; 0 for records without a period.</param>
public sealed record RecordKind(RecordDefinition Definition, IReadOnlyList<string> By, int Every = 0, bool Public = false)
{
    public string Name => Definition.Name;

    public IReadOnlyList<RecordField> Fields => Definition.Fields;

    /// <summary>Whether staff may also enter it at the kiosk in the lobby.</summary>
    public bool ByStaff => Definition.AtKiosk;

    /// <summary>Name of the first invalid field; null if all are valid.</summary>
    public string? Fault(IReadOnlyDictionary<string, string> values) => Definition.Check(values)?.Field;
}

/// <summary>Roles and periods of the kinds in <see cref="RecordDefinitions"/>.</summary>
public static class RecordKinds
{
    public const int LongestText = RecordField.LongestText;
    public const double LeastSampleGrams = RecordDefinitions.LeastSampleGrams;
    public const string MorningCheck = Contracts.MorningCheck.Kind;
    public const string Disinfection = RecordDefinitions.Disinfection;
    public const string Sample = RecordDefinitions.Sample;
    public const string Companion = RecordDefinitions.Companion;
    public const string Menu = RecordDefinitions.Menu;
    public const string Waste = RecordDefinitions.Waste;
    public const string Temperature = RecordDefinitions.Temperature;
    public const string Daily = RecordDefinitions.Daily;
    public const string Weekly = RecordDefinitions.Weekly;
    public const string Monthly = RecordDefinitions.Monthly;

    /// <summary>Figures of a week or a term, signed by a principal; written only by <see cref="SiteReports"/>.</summary>
    public const string Report = RecordDefinitions.Report;

    public static TimeSpan SampleRetention { get; } = TimeSpan.FromHours(48);

    private static readonly string[] Both = [Roles.Manager, Roles.Principal];

    public static IReadOnlyList<RecordKind> All { get; } = [.. RecordDefinitions.All.Select(Of)];

    public static RecordKind? Find(string? name) => All.FirstOrDefault(k => k.Name == name);

    private static RecordKind Of(RecordDefinition definition) =>
        definition.Name switch
        {
            Menu or Companion => new(definition, Both, Every: 1, Public: true),
            MorningCheck or Sample or Disinfection or Daily => new(definition, Both, Every: 1),
            Weekly => new(definition, [Roles.Principal], Every: 7),
            Monthly => new(definition, [Roles.Principal], Every: 31),
            Report => new(definition, []),
            _ => new(definition, Both),
        };
}
