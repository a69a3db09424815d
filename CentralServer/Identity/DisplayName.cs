using System.Globalization;
using System.Text;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>What others see of a person: any text of 1 to 60 UTF-16 units in one line.</summary>
internal static class DisplayName
{
    public const int Longest = 60;

    /// <summary>
    /// The name as it is stored: one line, without what turns the text around it; null where nothing is left or it is too long.
    /// </summary>
    public static string? Of(string? typed)
    {
        if (typed is null)
            return null;
        var text = new StringBuilder();
        foreach (var rune in typed.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune))
                text.Append(' ');
            else if (
                Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Control
                && rune.Value is not ((>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069))
            )
                text.Append(rune.ToString());
        }

        var name = string.Join(' ', text.ToString().Normalize().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return name.Length is > 0 and <= Longest ? name : null;
    }
}
