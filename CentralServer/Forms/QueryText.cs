using System.Globalization;

namespace BrightKitchen.CentralServer.Forms;

/// <summary>
/// Reads values of an address's query. Pages take them as text: a typed parameter that cannot be parsed would fail the whole page.
/// </summary>
internal static class QueryText
{
    private static readonly DateOnly Earliest = new(2000, 1, 1);
    private static readonly DateOnly Latest = new(2100, 1, 1);

    /// <summary>A day from 2000 to 2100, <c>yyyy-MM-dd</c>; null if the text is anything else.</summary>
    public static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day >= Earliest
        && day <= Latest
            ? day
            : null;

    /// <summary>An id of letters, digits and hyphens; null if the text is anything else. PostgreSQL refuses a text with NUL.</summary>
    public static string? Id(string? text) =>
        text is { Length: > 0 and <= 64 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? text : null;

    /// <summary>A number of digits alone; null if the text is anything else or too large.</summary>
    public static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
