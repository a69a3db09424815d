using System.Text;
using BrightKitchen.CentralServer.Identity;
using Microsoft.AspNetCore.Identity;

namespace BrightKitchen.CentralServer.People;

/// <summary>
/// Rejects long passwords that are easily guessed: repeated or adjacent characters, common words with digits around them, and the person's
/// own name. Only the characters that remain without these count.
/// </summary>
internal sealed class PasswordRules : IPasswordValidator<Person>
{
    /// <summary>Error code of an easily guessed password; Identity reports a password that is too short with its own code.</summary>
    public const string Weak = "PasswordEasilyGuessed";

    /// <summary>Maximum length of a password in characters; a longer one is rejected before it is analysed.</summary>
    public const int Longest = 1024;

    /// <summary>Distinct characters that must remain.</summary>
    private const int Left = 5;
    private const int ShortestName = 3;

    private static readonly string[] Rows = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz"];

    // Stems from lists of common passwords, in English and Pinyin, and this product's own terms; longer ones first.
    private static readonly string[] Common =
    [
        "mingchuliangzao",
        "mingchuliang",
        "brightkitchen",
        "administrator",
        "woaizhongguo",
        "liangzao",
        "inspector",
        "regulator",
        "principal",
        "wodemima",
        "trustnoone",
        "password",
        "passwort",
        "passcode",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "computer",
        "internet",
        "whatever",
        "starwars",
        "jennifer",
        "zhongguo",
        "shanghai",
        "shenzhen",
        "guangzhou",
        "canteen",
        "kitchen",
        "manager",
        "welcome",
        "monkey",
        "dragon",
        "master",
        "shadow",
        "batman",
        "letmein",
        "michael",
        "charlie",
        "freedom",
        "changeme",
        "default",
        "service",
        "secret",
        "beijing",
        "woaini",
        "xiaoxue",
        "zhongxue",
        "shitang",
        "chufang",
        "xuexiao",
        "school",
        "parent",
        "qazwsxedc",
        "qazwsx",
        "admin",
        "login",
        "guest",
        "hello",
        "qwerty",
        "mima",
        "root",
        "test",
        "user",
        "pass",
        "love",
        "5201314",
        "1314520",
    ];

    public Task<IdentityResult> ValidateAsync(UserManager<Person> manager, Person user, string? password) =>
        Task.FromResult(
            password is null or { Length: > Longest } || IsEasilyGuessed(password, user.UserName, user.DisplayName)
                ? IdentityResult.Failed(
                    new IdentityError
                    {
                        Code = Weak,
                        Description = "The password is easily guessed: use several unrelated words, without your own name.",
                    }
                )
                : IdentityResult.Success
        );

    internal static bool IsEasilyGuessed(string password, params IEnumerable<string?> names)
    {
        var text = Plain(password);
        foreach (
            var name in names
                .Where(n => n is not null)
                .SelectMany(n => Plain(n!).Split([' ', '.', '-', '_', '@'], StringSplitOptions.RemoveEmptyEntries).Append(Plain(n!)))
                .OrderByDescending(n => n.Length)
        )
        {
            if (name.Length >= ShortestName || name.Any(c => c > 0x2e80))
                text = text.Replace(name, "", StringComparison.Ordinal);
        }

        text = Once(text);
        // A digit or sign may replace a letter or stand for itself: it is read as a letter only where that yields a common word.
        return new[] { Letters(text, 'i'), Letters(text, 'l') }
                .Where(t => Common.Any(w => t.Contains(w, StringComparison.Ordinal)))
                .Append(text)
                .Min(RemainingLength) < Left;
    }

    private static int RemainingLength(string text)
    {
        foreach (var word in Common)
            text = text.Replace(word, "", StringComparison.Ordinal);
        var left = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            // Skips characters that repeat or follow the one before; digits and signs at the start and end are trimmed below.
            if (i == 0 || !Follows(text[i - 1], text[i]))
                left.Append(text[i]);
        }

        var rest = left.ToString().Trim("0123456789!@#$%^&*()-_=+.,;:?/ ".ToCharArray());
        return rest.Distinct().Count();
    }

    private static bool Follows(char before, char next) =>
        before == next
        || Rows.Any(row =>
            row.IndexOf(before, StringComparison.Ordinal) is >= 0 and var at
            && (row[(at + 1) % row.Length] == next || row[(at + row.Length - 1) % row.Length] == next)
        );

    // "abcabcabcabc" is reduced to "abc".
    private static string Once(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
        {
            if (Enumerable.Range(0, text.Length).All(i => text[i] == text[i % length]))
                return text[..length];
        }

        return text;
    }

    private static string Plain(string text) => (SignInName.Normal(text) ?? "").ToLowerInvariant();

    private static string Letters(string text, char one) =>
        text.Replace('0', 'o')
            .Replace('1', one)
            .Replace('3', 'e')
            .Replace('4', 'a')
            .Replace('5', 's')
            .Replace('7', 't')
            .Replace('@', 'a')
            .Replace('$', 's')
            .Replace('!', one);
}
