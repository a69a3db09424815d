using System.Globalization;
using System.Text;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// A sign-in name: 2 to 40 letters, digits and combining marks of any script, single inner spaces, and <c>. - _ @ + '</c>. Compared without
/// regard to case and to full or half width. Other users see the display name, which is separate and may be any text.
/// </summary>
internal static class SignInName
{
    public const int Shortest = 2;
    public const int Longest = 40;
    private const string Signs = ".-_@+'";

    /// <summary>The name in its stored form; null if it is not valid.</summary>
    public static string? Of(string? typed) =>
        Normal(typed) is { } name && name.Length is >= Shortest and <= Longest && name.EnumerateRunes().All(IsAllowed) ? name : null;

    /// <summary>Normal form (NFKC, single spaces, no control characters); null if the input is not valid Unicode.</summary>
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

/// <summary>Looks up people by the normal form of the entered name.</summary>
internal sealed class NameNormalizer : ILookupNormalizer
{
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(name))]
    public string? NormalizeName(string? name) => name is null ? null : (SignInName.Normal(name) ?? "").ToUpperInvariant();

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(email))]
    public string? NormalizeEmail(string? email) => NormalizeName(email);
}

/// <summary>
/// Rejects invalid sign-in names with an error code of their own, so that they are distinguished from names that are taken.
/// </summary>
internal sealed class SignInNameValidator : IUserValidator<Person>
{
    public Task<IdentityResult> ValidateAsync(UserManager<Person> manager, Person user) =>
        Task.FromResult(
            // Only a new person's name is checked: names that older versions accepted stay valid.
            user.NormalizedUserName
                is not null
            || SignInName.Of(user.UserName) == user.UserName
                ? IdentityResult.Success
                : IdentityResult.Failed(
                    new IdentityError
                    {
                        Code = "InvalidUserName",
                        Description =
                            $"A sign-in name has {SignInName.Shortest} to {SignInName.Longest} letters or digits; inner spaces and "
                            + ". - _ @ + ' are allowed.",
                    }
                )
        );
}
