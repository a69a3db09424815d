namespace BrightKitchen.Contracts.Records;

/// <summary>The first field of a record that is refused, and why.</summary>
public sealed record RecordFault(string Field, FieldFault Why)
{
    private const string Before = "field-";

    /// <summary>As an answer of the server names it: <c>field-</c> and the field's name.</summary>
    public string Code => Before + Field;

    /// <summary>The field that such a code names; null where it names none.</summary>
    public static string? FieldOf(string? code) =>
        code?.StartsWith(Before, StringComparison.Ordinal) == true ? code[Before.Length..] : null;
}

/// <summary>
/// What a record of one kind consists of. The server's intake, its forms and the kiosk's forms all check by this and by nothing else.
/// </summary>
/// <param name="AtKiosk">Whether staff enter it at the lobby's kiosk.</param>
public sealed record RecordDefinition(string Name, IReadOnlyList<RecordField> Fields, bool AtKiosk = false)
{
    /// <summary>Values without surrounding white space, and without those that are blank.</summary>
    public static Dictionary<string, string> Clean(IEnumerable<KeyValuePair<string, string>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.Where(v => !string.IsNullOrWhiteSpace(v.Value)).ToDictionary(v => v.Key, v => v.Value.Trim());
    }

    /// <summary>The first field that is refused; null where the record is accepted.</summary>
    /// <param name="values">As <see cref="Clean"/> leaves them.</param>
    public RecordFault? Check(IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Keys.FirstOrDefault(k => Fields.All(f => f.Name != k)) is { } unknown)
            return new(unknown, FieldFault.Unknown);
        return Fields
            .Select(f => f.Fault(values.GetValueOrDefault(f.Name, "")) is { } why ? new RecordFault(f.Name, why) : null)
            .FirstOrDefault(f => f is not null);
    }

    /// <exception cref="ArgumentException">There is no such field.</exception>
    public RecordField Field(string name) =>
        Fields.FirstOrDefault(f => f.Name == name)
        ?? throw new ArgumentException($"A record of kind '{Name}' has no field '{name}'.", nameof(name));
}
