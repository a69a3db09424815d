using System.Globalization;
using System.Text;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>The name of a person that others see: any text of 1 to 60 UTF-16 code units on one line.</summary>
internal static class DisplayName
{
    public const int Longest = 60;

    /// <summary>
    /// The name in its stored form: one line, without control characters and bidirectional overrides; null if it is empty or too long.
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
