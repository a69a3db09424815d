using System.Globalization;
using BrightKitchen.Contracts.Records;
using BrightKitchen.WebComponents;
using Microsoft.Extensions.Localization;

namespace BrightKitchen.KioskUI.Staff;

/// <summary>Localised reasons for a refused entry that state the remedy.</summary>
internal static class Refusals
{
    // The codes of the server's intake; an unknown one is shown as its code.
    private static readonly string[] Known =
    [
        "staff",
        "time",
        "kind",
        "not-yours",
        "day",
        "id",
        "missing",
        "not-now",
        "needs-text",
        "picture",
        "format",
    ];

    /// <param name="fault">The error code from the server or the kiosk's own validation.</param>
    public static string Refusal(this IStringLocalizer<Words> words, string kind, string fault)
    {
        if (RecordFault.FieldOf(fault) is not { } name)
            return Known.Contains(fault) ? words["refused." + fault] : words["refused.other", fault];
        return RecordDefinitions.AtKiosk(kind)?.Fields.FirstOrDefault(f => f.Name == name) switch
        {
            null => words["refused.other", fault],
            { Type: FieldType.Number } number => words["refused.number", words["field." + name], Text(number.Least), Text(number.Most)],
            { Type: FieldType.Text } text => words["refused.text", words["field." + name], text.Longest],
            _ => words["refused.choice", words["field." + name]],
        };
    }

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
