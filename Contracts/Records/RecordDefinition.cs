namespace BrightKitchen.Contracts.Records;

/// <summary>The first refused field of a record, and the reason.</summary>
public sealed record RecordFault(string Field, FieldFault Why)
{
    private const string Before = "field-";

    /// <summary>The error code in the server's response: <c>field-</c> and the field's name.</summary>
    public string Code => Before + Field;

    /// <summary>The field that an error code names; null when it names none.</summary>
    public static string? FieldOf(string? code) =>
        code?.StartsWith(Before, StringComparison.Ordinal) == true ? code[Before.Length..] : null;
}

/// <summary>
/// The fields of one kind of record. The only validation rules for the server's intake, its forms and the kiosk's forms.
/// </summary>
/// <param name="AtKiosk">Whether staff enter it at the lobby kiosk.</param>
public sealed record RecordDefinition(string Name, IReadOnlyList<RecordField> Fields, bool AtKiosk = false)
{
    /// <summary>The values, trimmed and without blank ones.</summary>
    public static Dictionary<string, string> Clean(IEnumerable<KeyValuePair<string, string>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Where(v => !string.IsNullOrWhiteSpace(v.Value)).ToDictionary(v => v.Key, v => v.Value.Trim());
    }

    /// <summary>The first refused field; null when the record is accepted.</summary>
    /// <param name="values">As <see cref="Clean"/> returns them.</param>
    public RecordFault? Check(IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Keys.FirstOrDefault(k => Fields.All(f => f.Name != k)) is { } unknown)
            return new(unknown, FieldFault.Unknown);
        return Fields
            .Select(f => f.Fault(values.GetValueOrDefault(f.Name, "")) is { } why ? new RecordFault(f.Name, why) : null)
            .FirstOrDefault(f => f is not null);
    }

    /// <exception cref="ArgumentException">The record has no such field.</exception>
    public RecordField Field(string name) =>
        Fields.FirstOrDefault(f => f.Name == name)
        ?? throw new ArgumentException($"A record of kind '{Name}' has no field '{name}'.", nameof(name));
}
