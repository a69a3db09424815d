using System.Globalization;
using System.Text;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// What people type to sign in: 2 to 40 letters, digits and marks of any script, single spaces inside, and <c>. - _ @ + '</c>. Compared
/// without regard to case and to the width that an input method writes in. What others see is the display name, which is another thing and
/// any text.
/// </summary>
internal static class SignInName
{
    public const int Shortest = 2;
    public const int Longest = 40;
    private const string Signs = ".-_@+'";

    /// <summary>The name as it is stored; null where it is not one.</summary>
    public static string? Of(string? typed) =>
        Normal(typed) is { } name && name.Length is >= Shortest and <= Longest && name.EnumerateRunes().All(IsAllowed) ? name : null;

    /// <summary>One form for what is typed in several; null where it is no valid text.</summary>
    public static string? Normal(string? typed)
    {
        try
        {
            return typed is null
                ? null
                : string.Join(
                    ' ',
                    new string([.. typed.Normalize(NormalizationForm.FormKC).Where(c => !char.IsControl(c) || char.IsWhiteSpace(c))]).Split(
                        (char[]?)null,
                        StringSplitOptions.RemoveEmptyEntries
                    )
                );
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsAllowed(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
        || rune.Value == ' '
        || (rune.IsAscii && Signs.Contains((char)rune.Value, StringComparison.Ordinal))
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}

/// <summary>Finds people by the normal form of what was typed.</summary>
internal sealed class NameNormalizer : ILookupNormalizer
{
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(name))]
    public string? NormalizeName(string? name) => name is null ? null : (SignInName.Normal(name) ?? "").ToUpperInvariant();

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(email))]
    public string? NormalizeEmail(string? email) => NormalizeName(email);
}

/// <summary>Refuses what is no sign-in name, by a fault of its own: it is another thing than a name that is taken.</summary>
internal sealed class SignInNameValidator : IUserValidator<Person>
{
    public Task<IdentityResult> ValidateAsync(UserManager<Person> manager, Person user) =>
        Task.FromResult(
            // Names of older versions stay valid: only a new person's is checked.
            user.NormalizedUserName
                is not null
            || SignInName.Of(user.UserName) == user.UserName
                ? IdentityResult.Success
                : IdentityResult.Failed(
                    new IdentityError
                    {
                        Code = "InvalidUserName",
                        Description =
                            $"A sign-in name has {SignInName.Shortest} to {SignInName.Longest} letters or digits, spaces inside, and "
                            + ". - _ @ + '",
                    }
                )
        );
}
