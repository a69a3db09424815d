using System.Globalization;

namespace BrightKitchen.Contracts.Records;

/// <summary>The type of a record's field.</summary>
public enum FieldType
{
    Text,
    Number,
    Choice,
    YesNo,

    /// <summary>The id of a member of the site's staff.</summary>
    Staff,
}

/// <summary>Why a field's value is refused.</summary>
public enum FieldFault
{
    /// <summary>The field is required and the value empty.</summary>
    Missing,

    /// <summary>The value is longer than <see cref="RecordField.Longest"/>.</summary>
    TooLong,

    /// <summary>The value is not a number, or outside <see cref="RecordField.Least"/> to <see cref="RecordField.Most"/>.</summary>
    OutOfRange,

    /// <summary>The value is not one of the choices.</summary>
    NoChoice,

    /// <summary>The value contains control characters or an unpaired surrogate, which a form cannot display.</summary>
    Characters,

    /// <summary>The record has no such field.</summary>
    Unknown,
}

/// <summary>A field of a record and its constraints.</summary>
/// <param name="Least">Minimum of a number; its unit is part of the field's label.</param>
/// <param name="Choices">The values of a choice.</param>
/// <param name="Longest">Maximum length in UTF-16 code units, as <c>maxlength</c> of an input counts them.</param>
public sealed record RecordField(
    string Name,
    FieldType Type,
    bool Required = true,
    double Least = 0,
    double Most = 0,
    IReadOnlyList<string>? Choices = null,
    int Longest = RecordField.LongestText
)
{
    /// <summary>Default maximum length of a text, UTF-16 code units.</summary>
    public const int LongestText = 500;

    /// <summary>Why a value is refused; null when it is accepted.</summary>
    /// <param name="value">As <see cref="RecordDefinition.Clean"/> returns it; empty when absent.</param>
    public FieldFault? Fault(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length == 0)
            return Required ? FieldFault.Missing : null;
        if (value.Length > Longest)
            return FieldFault.TooLong;
        if (!IsShowable(value))
            return FieldFault.Characters;
        return Type switch
        {
            FieldType.Number => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= Least
            && number <= Most
                ? null
                : FieldFault.OutOfRange,
            FieldType.Choice => Choices!.Contains(value) ? null : FieldFault.NoChoice,
            FieldType.YesNo => value is "yes" or "no" ? null : FieldFault.NoChoice,
            _ => null,
        };
    }

    private static bool IsShowable(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsControl(value[i]) && value[i] is not ('\n' or '\r' or '\t'))
                return false;
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
