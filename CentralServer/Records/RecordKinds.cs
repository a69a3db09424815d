using BrightKitchen.CentralServer.Identity;
using BrightKitchen.Contracts.Records;

namespace BrightKitchen.CentralServer.Records;

/// <summary>A kind of record: what it asks, who keeps it, how often it is due.</summary>
/// <param name="Every">Due once in this many days; 0 where it is kept whenever it happens.</param>
public sealed record RecordKind(RecordDefinition Definition, IReadOnlyList<string> By, int Every = 0, bool Public = false)
{
    public string Name => Definition.Name;

    public IReadOnlyList<RecordField> Fields => Definition.Fields;

    /// <summary>Whether whoever works there keeps it too, at the lobby's kiosk.</summary>
    public bool ByStaff => Definition.AtKiosk;

    /// <summary>The first field that is refused; null where all are accepted.</summary>
    public string? Fault(IReadOnlyDictionary<string, string> values) => Definition.Check(values)?.Field;
}

/// <summary>Who keeps the records of <see cref="RecordDefinitions"/>, and how often.</summary>
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

    /// <summary>A week's or a term's figures as a principal signed them; written by <see cref="SiteReports"/> alone.</summary>
    public const string Report = RecordDefinitions.Report;

    public static TimeSpan SampleKept { get; } = TimeSpan.FromHours(48);

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
