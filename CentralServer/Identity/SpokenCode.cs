using System.Security.Cryptography;
using System.Text;

namespace BrightKitchen.CentralServer.Identity;

/// <summary>
/// Codes that people read aloud and type: without letters and digits that are easily confused, and stored only as hashes.
/// </summary>
internal static class SpokenCode
{
    private const string Alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

    /// <summary>A new code in groups, such as <c>ABCD-EFGH</c>.</summary>
    public static string New(int groups, int lettersAGroup) =>
        string.Join('-', Enumerable.Range(0, groups).Select(_ => RandomNumberGenerator.GetString(Alphabet, lettersAGroup)));

    /// <summary>SHA-256 of the code's letters and digits in upper case, however it was typed.</summary>
    public static string HashOf(string code) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(new string([.. code.ToUpperInvariant().Where(char.IsAsciiLetterOrDigit)])))
        );
}
