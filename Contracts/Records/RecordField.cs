using System.Globalization;

namespace BrightKitchen.Contracts.Records;

/// <summary>What a field of a record holds.</summary>
public enum FieldType
{
    Text,
    Number,
    Choice,
    YesNo,

    /// <summary>The id of a member of the site's staff.</summary>
    Staff,
}

/// <summary>Why a value of a field is refused.</summary>
public enum FieldFault
{
    /// <summary>It is required and empty.</summary>
    Missing,

    /// <summary>It is longer than <see cref="RecordField.Longest"/>.</summary>
    TooLong,

    /// <summary>It is no number, or outside <see cref="RecordField.Least"/> to <see cref="RecordField.Most"/>.</summary>
    OutOfRange,

    /// <summary>It is none of the choices.</summary>
    NoChoice,

    /// <summary>It holds control characters or half a surrogate pair, which no form can show.</summary>
    Characters,

    /// <summary>The record has no such field.</summary>
    Unknown,
}

/// <summary>A field of a record and what it takes.</summary>
/// <param name="Least">Of a number; its unit is part of the field's words.</param>
/// <param name="Choices">Of a choice.</param>
/// <param name="Longest">Most UTF-16 units, as <c>maxlength</c> of an input counts them.</param>
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
    /// <summary>Most UTF-16 units of a text.</summary>
    public const int LongestText = 500;

    /// <summary>Why a value is refused; null where it is accepted.</summary>
    /// <param name="value">As <see cref="RecordDefinition.Clean"/> leaves it: empty where there is none.</param>
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
